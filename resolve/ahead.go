package resolve

import (
	"context"
	"slices"
	"sync"
)

// askAhead asks for the documents of what the project itself depends on and the
// lockfile has no version of, while the lockfile is loaded. The crawl joins what is
// under way, asks for all else, and reports what fails. stop ends it.
func (b *builder) askAhead(ctx context.Context) (stop func()) {
	names := b.lacking()
	if len(names) == 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var asking sync.WaitGroup
	asking.Go(func() { b.askFor(ctx, names) })
	return func() {
		cancel()
		asking.Wait()
	}
}

// askFor asks the index for the documents of all names, so that nobody waits for one
// after the other. What cannot be had is met again by whoever needs it.
func (b *builder) askFor(ctx context.Context, names []string) {
	if index, ok := b.request.Index.(Prefetcher); ok {
		_ = index.Prefetch(ctx, names)
		return
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, crawlers)
	for _, name := range names {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if ctx.Err() == nil {
				_, _ = b.source.packument(ctx, name)
			}
		})
	}
	wg.Wait()
}

// lacking are the names, in registries, of what the root depends on, where the lockfile
// does not satisfy that, or a newer version is asked for. Where no lockfile is loaded,
// there is nothing to be ahead of.
func (b *builder) lacking() (names []string) {
	lock := b.request.Lock
	if lock == nil || lock.Bare || b.options.UpdateAll {
		return nil
	}
	for _, e := range b.tree.root.edgesOut {
		want := e.ask()
		if want.err != nil || !want.spec.Registry() || e.dep.kind == kindPeerOptional || b.source.members.has(e.dep.name) {
			continue
		}
		entry := lock.Packages["node_modules/"+e.dep.name]
		if entry != nil && !b.updates[e.dep.name] && !b.asked(e) && want.isMetBy(entry) {
			continue
		}
		if name := want.spec.Target().Name; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

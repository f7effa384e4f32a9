package resolve

import (
	"context"
	"slices"
	"sync"

	"github.com/ipnpm/ipnpm/internal/par"
)

// crawlers bounds how many questions to an index are under way at once.
const crawlers = 64

// crawl walks the dependencies that are yet to be resolved, concurrently, and
// fills the source's caches: documents, picks, parsed specs. It follows every
// edge that placement would, except where a version met earlier (in the lock
// or on the way) satisfies it, since placement will most likely share that
// one. Failures are not reported here: placement asks again where it matters.
func (b *builder) crawl(ctx context.Context) error {
	c := &crawler{b: b, done: make(map[want]bool), met: make(map[string][]*pkg),
		locked: b.request.Lock != nil && !b.options.UpdateAll}
	index, batches := b.request.Index.(Prefetcher)
	for deps := c.seeds(); len(deps) > 0 && ctx.Err() == nil; deps = c.heldBack() {
		if batches {
			c.waves(ctx, index, deps)
		} else {
			c.flood(ctx, deps)
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

type crawler struct {
	b    *builder
	mu   sync.Mutex
	done map[want]bool
	met  map[string][]*pkg // by key
	// locked says that what the lockfile brought into the tree was met before.
	locked bool
	// peers are held back until everything else is known: most of them are
	// met by then, and a stand-alone pick for a peer range, the newest version
	// and all that it needs, would be fetched for nothing.
	peers []*dep
}

// heldBack hands out the peers that have gathered.
func (c *crawler) heldBack() []*dep {
	c.mu.Lock()
	defer c.mu.Unlock()
	peers := c.peers
	c.peers = nil
	return peers
}

// seeds are what the nodes in the queue lack; of workspaces that are not
// linked yet, all they depend on.
func (c *crawler) seeds() []*dep {
	var seeds []*dep
	for _, item := range c.b.queue.items {
		for _, e := range c.b.problems(item.node) {
			if e.dep.kind != kindWorkspace {
				d := *e.dep
				d.want = e.ask()
				seeds = append(seeds, &d)
			}
		}
	}
	for _, ws := range c.b.request.Workspaces {
		if n := c.b.tree.tops[ws.Location]; n == nil || len(n.links) == 0 {
			seeds = c.expand(c.b.source.shapeOf(ws.Manifest, nil, true, c.b.source.pinsOfFolder(ws.Location)), seeds)
		}
	}
	return seeds
}

func (c *crawler) expand(s *shape, list []*dep) []*dep {
	for i := range s.deps {
		d := &s.deps[i]
		if d.kind == kindPeerOptional {
			continue
		}
		if pin := d.pinFor(d.want); pin != nil {
			asked := *d
			asked.want, d = pin.exact, &asked
		}
		list = append(list, d)
	}
	return list
}

// claim reports whether d is to be looked up, and by the caller.
func (c *crawler) claim(d *dep) bool {
	if d.want.err != nil || !d.want.spec.Registry() {
		return false
	}
	key := d.want.key(d.name)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done[key] {
		return false
	}
	c.done[key] = true
	answers := func(p *pkg) bool { return d.want.any || d.want.allows(p) }
	if slices.ContainsFunc(c.met[d.key], answers) {
		return false
	}
	return !c.locked || !slices.ContainsFunc(c.b.tree.named[d.key], func(n *Node) bool {
		return !c.b.options.renews(n.name) && answers(n.resolvedPkg())
	})
}

// visit looks d up and returns what its package depends on, but for peers.
func (c *crawler) visit(ctx context.Context, d *dep) []*dep {
	p := c.b.source.fromRegistry(ctx, d.name, d.want)
	if p.failed != nil {
		return nil
	}
	c.b.source.announce(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.met[d.key] = append(c.met[d.key], p)
	return slices.DeleteFunc(c.expand(p.plain, nil), func(d *dep) bool {
		if d.kind.peer() {
			c.peers = append(c.peers, d)
		}
		// What comes in its own tarball may be in no registry at all.
		return d.kind.peer() || p.bundles(d.name)
	})
}

// flood lets every answer ask its own questions at once.
func (c *crawler) flood(ctx context.Context, seeds []*dep) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, crawlers)
	var spread func([]*dep)
	spread = func(deps []*dep) {
		for _, d := range deps {
			if ctx.Err() != nil || !c.claim(d) {
				continue
			}
			wg.Go(func() {
				slots <- struct{}{}
				found := c.visit(ctx, d)
				<-slots
				spread(found)
			})
		}
	}
	spread(seeds)
	wg.Wait()
}

// waves tells the index all names of one distance from the root together.
func (c *crawler) waves(ctx context.Context, index Prefetcher, deps []*dep) {
	known := make(map[string]bool)
	for len(deps) > 0 && ctx.Err() == nil {
		var wave []*dep
		var names []string
		for _, d := range deps {
			if !c.claim(d) {
				continue
			}
			wave = append(wave, d)
			if name := d.want.spec.Target().Name; !known[name] {
				known[name] = true
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			// What could not be had now is asked for again one by one.
			_ = index.Prefetch(ctx, names)
		}
		deps = c.visitAll(ctx, wave)
	}
}

// visitAll keeps the order of the wave, so that a crawl is repeatable.
func (c *crawler) visitAll(ctx context.Context, wave []*dep) []*dep {
	found := make([][]*dep, len(wave))
	par.Each(len(wave), func(i int) { found[i] = c.visit(ctx, wave[i]) })
	var next []*dep
	for _, list := range found {
		next = append(next, list...)
	}
	return next
}

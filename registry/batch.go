package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// batch is a set of names that are walked together. It lives as long as
// somebody waits for it: its context is nobody's in particular and ends when
// the last waiter has gone.
type batch struct {
	names   map[string]bool
	waiters int
	ctx     context.Context
	cancel  context.CancelFunc
	done    chan struct{}
	failed  map[string]error // names whose blocks could not be had
}

// join puts the names that have no answer yet into batches and returns those
// to wait for.
func (r *Reader) join(ctx context.Context, names []string) []*batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	onCurrent, onNext := false, false
	for _, name := range names {
		switch _, settled := r.answers[name]; {
		case settled:
		case r.current != nil && r.current.names[name]:
			onCurrent = true
		default:
			r.gather(ctx, name)
			onNext = true
		}
	}
	var wait []*batch
	if onCurrent {
		wait = append(wait, r.current)
	}
	if onNext {
		wait = append(wait, r.next)
	}
	for _, b := range wait {
		b.waiters++
	}
	if onNext && r.current == nil {
		r.start()
	}
	return wait
}

func (r *Reader) gather(ctx context.Context, name string) {
	if r.next == nil {
		b := &batch{names: map[string]bool{}, done: make(chan struct{})}
		b.ctx, b.cancel = context.WithCancel(context.WithoutCancel(ctx))
		r.next = b
	}
	r.next.names[name] = true
}

// start sets the gathered batch under way. The caller holds the lock.
func (r *Reader) start() {
	b := r.next
	r.current, r.next = b, nil
	if b == nil {
		return
	}
	go func() {
		found, failed := r.walk(b.ctx, b.names)
		r.mu.Lock()
		defer r.mu.Unlock()
		for name, a := range found {
			if _, settled := r.answers[name]; !settled {
				r.answers[name] = a
			}
		}
		b.failed = failed
		b.cancel()
		close(b.done)
		if r.current == b {
			r.start()
		}
	}()
}

// wait blocks until b is done, and returns the first failure among names.
func (r *Reader) wait(ctx context.Context, b *batch, names []string) error {
	select {
	case <-b.done:
	case <-ctx.Done():
		r.leave(b)
		return ctx.Err()
	}
	for _, name := range names {
		if err := b.failed[name]; err != nil {
			return err
		}
	}
	return nil
}

// leave gives up waiting; the last to leave ends the batch.
func (r *Reader) leave(b *batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b.waiters--; b.waiters > 0 {
		return
	}
	b.cancel()
	switch b {
	case r.next:
		r.next = nil
	case r.current:
		r.start()
	}
}

// walk finds and reads the documents of names.
func (r *Reader) walk(ctx context.Context, wanted map[string]bool) (map[string]answer, map[string]error) {
	found, failed := map[string]answer{}, map[string]error{}
	settle := func(name string, err error) {
		if _, missing := errors.AsType[*unixfs.MissingError](err); missing {
			failed[name] = &UnreadError{Name: name, Err: err}
			return
		}
		found[name] = answer{err: err}
	}
	var names []string
	for name := range wanted {
		if err := manifest.ValidateName(name); err != nil {
			settle(name, err)
			continue
		}
		names = append(names, name)
	}
	var there []string
	var files []cid.Cid
	for i, f := range r.find(ctx, names) {
		if f.Err != nil {
			settle(names[i], r.explain(names[i], f.Err))
			continue
		}
		there, files = append(there, names[i]), append(files, f.Link.CID)
	}
	for i, content := range r.tree.Read(ctx, files, maxDocument) {
		p, err := readDocument(there[i], content)
		if err != nil {
			settle(there[i], err)
			continue
		}
		found[there[i]] = answer{packument: p, document: files[i]}
	}
	return found, failed
}

// explain turns a failure on the way to a name into the caller's terms.
func (r *Reader) explain(name string, err error) error {
	if errors.Is(err, unixfs.ErrNotFound) {
		return &NotFoundError{Name: name, suggest: func() []string { return r.near(name) }}
	}
	return inIndex(name, err)
}

func inIndex(name string, err error) error {
	if _, bad := errors.AsType[*unixfs.FormatError](err); bad {
		return &FormatError{What: packagesDir + "/" + name, Reason: "bad index", Err: err}
	}
	return err
}

// readDocument parses what stood under a name, and refuses a document that is of
// another package.
func readDocument(name string, content unixfs.Content) (*Packument, error) {
	if content.Err != nil {
		return nil, inIndex(name, content.Err)
	}
	p, err := Parse(content.Data)
	if err != nil {
		return nil, &FormatError{What: packagesDir + "/" + name, Reason: "bad document", Err: err}
	}
	if p.Name != name {
		return nil, &FormatError{What: packagesDir + "/" + name, Reason: fmt.Sprintf("the document is of %q", p.Name)}
	}
	return p, nil
}

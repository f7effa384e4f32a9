// Package flight joins concurrent calls for one key into a single piece of
// work, and remembers what it gave.
//
// A resolver asks for the same package name from a hundred places at once,
// and an installer for the same tarball from two; either must cost one
// request. Unlike a plain singleflight, a Group remembers successes (asking
// again is a map look-up) and forgets failures (asking again tries again),
// and one caller's cancelled context never fails another caller: whoever is
// still interested takes the work over.
package flight

import (
	"context"
	"sync"
)

// Group is a set of keyed calls. The zero Group remembers successes and is
// ready for use; it must not be copied.
type Group[K comparable, V any] struct {
	// Forget makes the group share only calls under way: a result is dropped
	// as soon as it was handed to those who waited. For values too large to
	// keep, such as tarballs.
	Forget bool

	mu    sync.Mutex
	calls map[K]*call[V]
}

type call[V any] struct {
	done chan struct{}
	val  V
	err  error
	// abandoned: the leader's own context ended, so err says nothing about
	// the work itself.
	abandoned bool
}

// Do returns the result of fn for key: the remembered one, that of a call
// under way, or its own. It returns ctx's error as soon as ctx ends, even
// when another caller's work goes on.
func (g *Group[K, V]) Do(ctx context.Context, key K, fn func(context.Context) (V, error)) (V, error) {
	for {
		c, leader := g.join(key)
		if leader {
			return g.lead(ctx, key, c, fn)
		}
		select {
		case <-c.done:
		case <-ctx.Done():
			var zero V
			return zero, context.Cause(ctx)
		}
		if c.abandoned && ctx.Err() == nil {
			continue
		}
		return c.val, c.err
	}
}

// Get returns the remembered result for key, without starting or awaiting
// any work.
func (g *Group[K, V]) Get(key K) (V, bool) {
	var zero V
	g.mu.Lock()
	c := g.calls[key]
	g.mu.Unlock()
	if c == nil {
		return zero, false
	}
	select {
	case <-c.done:
		return c.val, c.err == nil
	default:
		return zero, false
	}
}

func (g *Group[K, V]) join(key K) (c *call[V], leader bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c, ok := g.calls[key]; ok {
		return c, false
	}
	if g.calls == nil {
		g.calls = make(map[K]*call[V])
	}
	c = &call[V]{done: make(chan struct{})}
	g.calls[key] = c
	return c, true
}

func (g *Group[K, V]) lead(ctx context.Context, key K, c *call[V], fn func(context.Context) (V, error)) (V, error) {
	// Set beforehand, so that a panic in fn does not leave the others waiting
	// for ever: they retry.
	c.err, c.abandoned = context.Canceled, true
	defer func() {
		g.mu.Lock()
		if c.err != nil || g.Forget {
			delete(g.calls, key)
		}
		g.mu.Unlock()
		close(c.done)
	}()
	c.val, c.err = fn(ctx)
	c.abandoned = c.err != nil && ctx.Err() != nil
	return c.val, c.err
}

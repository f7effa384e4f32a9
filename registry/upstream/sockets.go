package upstream

import (
	"context"
	"net/http/httptrace"
	"net/url"
	"sync"
)

// sockets bounds the requests under way, and lets the first one to each https
// host go ahead alone: once it has a connection we know whether that carries
// all the others (HTTP/2), instead of shaking hands 48 times to find out.
type sockets struct {
	slots chan struct{}

	mu    sync.Mutex
	hosts map[string]*opening
}

// opening is a host to which the first connection is being made.
type opening struct {
	once sync.Once
	done chan struct{}
}

func newSockets(n int) *sockets {
	return &sockets{slots: make(chan struct{}, n), hosts: make(map[string]*opening)}
}

func (o *opening) open() { o.once.Do(func() { close(o.done) }) }

// host returns the host's opening, and whether the caller is the first.
func (s *sockets) host(u *url.URL) (o *opening, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.hosts[u.Host]; ok {
		return o, false
	}
	o = &opening{done: make(chan struct{})}
	s.hosts[u.Host] = o
	return o, true
}

// acquire waits for the host's first connection and a free slot.
func (c *Client) acquire(ctx context.Context, u *url.URL) (release func(), err error) {
	release = func() { <-c.sockets.slots }
	if u.Scheme == "https" {
		o, first := c.sockets.host(u)
		if first {
			// Should it fail before it gets a connection, the others try.
			release = func() { o.open(); <-c.sockets.slots }
		} else if err := wait(ctx, o.done); err != nil {
			return nil, err
		}
	}
	select {
	case c.sockets.slots <- struct{}{}:
		return release, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func wait(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// traced makes the request tell when it has its connection.
func (c *Client) traced(ctx context.Context, u *url.URL) context.Context {
	if u.Scheme != "https" {
		return ctx
	}
	o, _ := c.sockets.host(u)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { o.open() },
	})
}

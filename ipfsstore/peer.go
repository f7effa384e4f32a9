package ipfsstore

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// counter is one line of [Store.Usage].
type counter struct {
	name   string
	blocks atomic.Int64
	bytes  atomic.Int64
}

func (c *counter) add(n int) {
	c.blocks.Add(1)
	c.bytes.Add(int64(n))
}

func (c *counter) usage() Usage {
	return Usage{Source: c.name, Blocks: c.blocks.Load(), Bytes: c.bytes.Load()}
}

const (
	// maxFailures in a row, with nothing served between, rest a source.
	maxFailures = 3
	// restTime is how long; a long-lived server asks again after it.
	restTime = 30 * time.Second
)

// peer is a source and what the store thinks of it in this run.
type peer struct {
	Source
	counter

	mu       sync.Mutex
	lie      error
	failures int
	restedAt time.Time
}

func newPeer(src Source) *peer {
	return &peer{Source: src, counter: counter{name: src.Name()}}
}

// Name of the source.
func (p *peer) Name() string { return p.Source.Name() }

// usable is nil, or an error wrapping [ErrDropped] that tells why the source
// is not asked.
func (p *peer) usable() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.lie != nil:
		return errors.Join(ErrDropped, p.lie)
	case p.failures >= maxFailures && time.Since(p.restedAt) < restTime:
		return ErrDropped
	}
	return nil
}

// lied drops the source for good.
func (p *peer) lied(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lie == nil {
		p.lie = err
	}
}

// failed counts a failure to answer.
func (p *peer) failed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures++
	p.restedAt = time.Now()
}

// served clears the failures.
func (p *peer) served() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures = 0
}

// local tells whether the source may be asked offline.
func (p *peer) local() bool {
	l, ok := p.Source.(LocalSource)
	return ok && l.Local()
}

func (p *peer) lieTold() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lie
}

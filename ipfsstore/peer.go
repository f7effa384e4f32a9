package ipfsstore

import (
	"fmt"
	"sync"
	"sync/atomic"
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

// peer is a source and what the store thinks of it in this run.
type peer struct {
	Source
	counter
	failures breaker

	mu  sync.Mutex
	lie error
}

func newPeer(src Source) *peer {
	return &peer{Source: src, counter: counter{name: src.Name()}}
}

// Name of the source.
func (p *peer) Name() string { return p.Source.Name() }

// usable is nil, or an error wrapping [ErrDropped] that tells why the source
// is not asked.
func (p *peer) usable() error {
	if lie := p.lieTold(); lie != nil {
		return fmt.Errorf("%w: %w", ErrDropped, lie)
	}
	if p.failures.open() {
		return fmt.Errorf("%w: failed %d times in a row", ErrDropped, maxFailures)
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

func (p *peer) lieTold() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lie
}

// local tells whether the source may be asked offline.
func (p *peer) local() bool {
	l, ok := p.Source.(LocalSource)
	return ok && l.Local()
}

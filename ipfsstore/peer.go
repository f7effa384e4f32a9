package ipfsstore

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// peer is a source and what the store thinks of it in this run.
type peer struct {
	Source
	*Meter
	failures breaker
	// apart says that its files cannot be linked to, see [Store.keep].
	apart atomic.Bool

	mu  sync.Mutex
	lie error
}

func newPeer(src Source) *peer {
	return &peer{Source: src, Meter: NewMeter(src.Name())}
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

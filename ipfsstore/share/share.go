package share

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"golang.org/x/time/rate"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

// Store is what there is to share; ipfsstore.Store is one.
type Store interface {
	Held(ctx context.Context, c cid.Cid) (blocks.Block, error)
	HeldSize(c cid.Cid) (int, bool)
	HeldRecord(name ipns.Name) (ipfsstore.Record, error)
}

// Limits bound what is handed out; zero is no limit.
type Limits struct {
	// Rate in bytes a second.
	Rate int64
	// Daily in bytes; a day begins with the first block after the last one ended.
	Daily int64
}

const day = 24 * time.Hour

// Share is a store with limits, safe for concurrent use.
type Share struct {
	store   Store
	rate    *rate.Limiter // nil without a limit
	daily   int64
	metrics *metrics
	now     func() time.Time

	mu    sync.Mutex
	since time.Time
	spent int64
}

// New makes a share of a store.
func New(store Store, limits Limits) *Share {
	s := &Share{store: store, daily: limits.Daily, metrics: newMetrics(), now: time.Now}
	if limits.Rate > 0 {
		// A block must fit into what may be spent at once.
		s.rate = rate.NewLimiter(rate.Limit(limits.Rate), max(int(limits.Rate), ipfsstore.MaxBlock))
	}
	return s
}

// spend takes bytes off the day's quota; false when they are not left.
func (s *Share) spend(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now(); now.Sub(s.since) >= day {
		s.since, s.spent = now, 0
	}
	if s.daily > 0 && s.spent+int64(n) > s.daily {
		return false
	}
	s.spent += int64(n)
	return true
}

// Outlet is the share as one protocol hands it out.
type Outlet struct {
	share *Share
	name  string
}

// Outlet makes one; its name is a label of the metrics.
func (s *Share) Outlet(name string) *Outlet { return &Outlet{share: s, name: name} }

// Held waits until the bandwidth allows for the block and reads it. What is not
// held, or beyond the quota, is an error that wraps ipfsstore.ErrNotFound.
func (o *Outlet) Held(ctx context.Context, c cid.Cid) (blocks.Block, error) {
	s := o.share
	size, ok := s.store.HeldSize(c)
	if !ok {
		return nil, fmt.Errorf("block %s: %w", c, ipfsstore.ErrNotFound)
	}
	if !s.spend(size) {
		return nil, fmt.Errorf("block %s: the day's quota is spent: %w", c, ipfsstore.ErrNotFound)
	}
	if s.rate != nil {
		if err := s.rate.WaitN(ctx, size); err != nil {
			return nil, err
		}
	}
	b, err := s.store.Held(ctx, c)
	if err != nil {
		return nil, err
	}
	s.metrics.blocks.WithLabelValues(o.name).Inc()
	s.metrics.bytes.WithLabelValues(o.name).Add(float64(size))
	return b, nil
}

// HeldSize is the size of a block that may be handed out. It is asked before a
// block is, so what is absent is counted here.
func (o *Outlet) HeldSize(c cid.Cid) (int, bool) {
	size, ok := o.share.store.HeldSize(c)
	switch {
	case !ok:
		o.share.metrics.misses.WithLabelValues(o.name).Inc()
		return 0, false
	case !o.share.within(size):
		o.share.metrics.refusals.WithLabelValues(o.name).Inc()
		return 0, false
	}
	return size, true
}

// within tells whether the quota has room, without taking any.
func (s *Share) within(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.daily <= 0 || s.now().Sub(s.since) >= day || s.spent+int64(n) <= s.daily
}

// HeldRecord is the newest record of a name that this machine has seen.
func (o *Outlet) HeldRecord(name ipns.Name) (ipfsstore.Record, error) {
	rec, err := o.share.store.HeldRecord(name)
	if err == nil {
		o.share.metrics.records.WithLabelValues(o.name).Inc()
	}
	return rec, err
}

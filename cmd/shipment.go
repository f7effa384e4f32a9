package cmd

import (
	"context"
	"sync"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/internal/par"
	"github.com/ipnpm/ipnpm/ipfsstore"
)

// A shipment is tarballs that come together, as the directory that holds them
// in one answer, instead of one request each. It is worth its while only when
// most of the directory is wanted; what does not come with it is asked for as
// ever.
type shipment struct {
	session  *session
	expected *ipfsstore.Expected

	mu      sync.Mutex
	waiting map[cid.Cid][]func() // what to do when the tarball is here
	ended   bool
}

// cargo is a directory that may be fetched whole, with its size in bytes as its
// writer says it, or why there is none.
type cargo struct {
	dir  cid.Cid
	size int64
	err  error
}

// findCargo looks for one.
type findCargo func(context.Context) cargo

// leastShare is the part of a directory's bytes that must be wanted.
const leastShare = 0.5

// minShipment is the number of tarballs below which nothing is gained.
const minShipment = 32

func (s *session) newShipment() *shipment {
	s.mu.Lock()
	s.shipped = true
	s.mu.Unlock()
	sh := &shipment{session: s, waiting: map[cid.Cid][]func(){}}
	sh.expected = s.store.Expect(nil, sh.came)
	return sh
}

// add has do called, in a goroutine of its own, when the tarball is here or
// will not come with the shipment.
func (sh *shipment) add(c cid.Cid, do func()) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.ended || !sh.expected.Add(c) {
		go do()
		return
	}
	sh.waiting[c] = append(sh.waiting[c], do)
}

// came is called by the store for each tarball.
func (sh *shipment) came(c cid.Cid) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for _, do := range sh.waiting[c] {
		go do()
	}
	delete(sh.waiting, c)
}

// fetch fetches the first of the directories that there is, and of which the
// bytes wanted are a good part. While a source looks whether it has the one, the
// next is looked for: both take round trips.
func (sh *shipment) fetch(ctx context.Context, wanted int64, from ...findCargo) {
	defer sh.end()
	found := make([]func() cargo, len(from))
	for i, find := range from {
		found[i] = par.Ahead(func() cargo { return find(ctx) })
	}
	for _, wait := range found {
		c := wait()
		if c.err != nil || float64(wanted) < leastShare*float64(c.size) {
			continue
		}
		if err := sh.session.store.BringFiles(ctx, c.dir, c.size+c.size/8+1<<20); err == nil || ctx.Err() != nil {
			return
		}
	}
}

// end lets go what has not come.
func (sh *shipment) end() {
	sh.expected.End()
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.ended = true
	for c, all := range sh.waiting {
		for _, do := range all {
			go do()
		}
		delete(sh.waiting, c)
	}
}

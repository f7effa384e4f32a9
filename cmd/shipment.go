package cmd

import (
	"context"
	"sync"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

// A shipment is tarballs that come together, as the directory that holds them
// in one answer, instead of one request each. It is worth its while only when
// most of the directory is wanted; what does not come with it is asked for as
// ever.
type shipment struct {
	session  *session
	expected *ipfsstore.Expected
	ahead    bool // see shipAhead

	mu      sync.Mutex
	waiting map[cid.Cid][]func() // what to do when the tarball is here
	ended   bool
}

// cargo is a directory that may be fetched whole: what is at a path below a root, ""
// for the root itself.
type cargo struct {
	root cid.Cid
	path string
}

// leastShare is the part of a directory's bytes that must be wanted.
const leastShare = 0.5

// minShipment is the number of tarballs below which nothing is gained.
const minShipment = 32

// openShipment is the shipment of this run. Who opened it is to fetch it; ahead says
// that nobody waits yet for what comes.
func (s *session) openShipment(ahead bool) (sh *shipment, opened bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shipment != nil {
		return s.shipment, false
	}
	s.shipment = &shipment{session: s, ahead: ahead, waiting: map[cid.Cid][]func(){}}
	s.shipment.expected = s.store.Expect(nil, s.shipment.came)
	return s.shipment, true
}

// underWay is that shipment, nil where none was opened.
func (s *session) underWay() *shipment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shipment
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

// arrival is closed when a tarball that is to come with the shipment is here, or will
// not come; nil where it is not, or has been.
func (sh *shipment) arrival(c cid.Cid) <-chan struct{} {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.ended || len(sh.waiting[c]) == 0 {
		return nil
	}
	here := make(chan struct{})
	sh.waiting[c] = append(sh.waiting[c], func() { close(here) })
	return here
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

// fetch fetches the first of the directories that there is, and of which the bytes
// wanted are a good part; how many these are is asked once one answers. All are asked
// for at once, since an answer takes a round trip, and one that comes waits for the
// answers of those before it.
func (sh *shipment) fetch(ctx context.Context, wanted func() int64, from ...cargo) {
	defer sh.end()
	var asked sync.WaitGroup
	turn := make(chan bool, 1) // tells the next one whether it may come
	turn <- true
	for _, c := range from {
		mine, next := turn, make(chan bool, 1)
		turn = next
		asked.Go(func() {
			may, came := sync.OnceValue(func() bool { return <-mine }), false
			// Without it, or what is missing of it, each is asked for by itself.
			_ = sh.session.store.BringFiles(ctx, c.root, c.path, func(size int64) bool {
				if came = float64(wanted()) >= leastShare*float64(size) && may(); came {
					next <- false
				}
				return came
			})
			if !came {
				next <- may()
			}
		})
	}
	asked.Wait()
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

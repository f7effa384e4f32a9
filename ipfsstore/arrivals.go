package ipfsstore

import (
	"context"
	"sync"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// Expected are blocks that [Store.BringDAG] is to bring in this run. Until
// End, [Store.Blocks] waits for those that are still to come instead of asking
// for each of them.
type Expected struct {
	arrivals *arrivals
	notify   func(cid.Cid)
	pending  map[string]chan struct{} // closed when the block came
	ended    chan struct{}
}

// arrivals is what a store knows of blocks that come without being asked for.
type arrivals struct {
	mu       sync.Mutex
	fresh    map[string]bool // came in this run
	expected []*Expected
	// held are expected blocks, which somebody is about to ask for, as they came,
	// and bytes their size.
	held  map[string]blocks.Block
	bytes int
}

// maxHeld bounds the bytes of blocks that are held. Others are read from the disk.
const maxHeld = 32 << 20

// Expect announces blocks, and has notify called for each as it comes, and for
// those that it links to, from the goroutine that receives it.
func (s *Store) Expect(cids []cid.Cid, notify func(cid.Cid)) *Expected {
	e := &Expected{arrivals: &s.arrivals, notify: notify, pending: make(map[string]chan struct{}, len(cids)), ended: make(chan struct{})}
	s.arrivals.mu.Lock()
	s.arrivals.expected = append(s.arrivals.expected, e)
	s.arrivals.mu.Unlock()
	for _, c := range cids {
		e.Add(c)
	}
	return e
}

// Add announces one more; false when it came already.
func (e *Expected) Add(c cid.Cid) bool {
	a := e.arrivals
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fresh[c.KeyString()] {
		return false
	}
	if e.pending[c.KeyString()] == nil {
		e.pending[c.KeyString()] = make(chan struct{})
	}
	return true
}

// End lets go who still waits. It may be called again.
func (e *Expected) End() {
	a := e.arrivals
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, other := range a.expected {
		if other == e {
			a.expected = append(a.expected[:i:i], a.expected[i+1:]...)
			close(e.ended)
			break
		}
	}
	if len(a.expected) == 0 {
		a.held, a.bytes = nil, 0
	}
}

// came notes that a verified block is on the disk. What an expected file's block
// leads to, which comes next, is expected as well.
func (a *arrivals) came(b blocks.Block, links []cid.Cid) {
	for _, e := range a.arrived(b, links) {
		e.notify(b.Cid())
	}
}

// arrived lets go who waits for the block, and returns who expected it.
func (a *arrivals) arrived(b blocks.Block, links []cid.Cid) []*Expected {
	key := b.Cid().KeyString()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fresh == nil {
		a.fresh = map[string]bool{}
	}
	a.fresh[key] = true
	var told []*Expected
	for _, e := range a.expected {
		waiting, ok := e.pending[key]
		if !ok {
			continue
		}
		delete(e.pending, key)
		for _, l := range links {
			if k := l.KeyString(); !a.fresh[k] && e.pending[k] == nil {
				e.pending[k] = make(chan struct{})
			}
		}
		close(waiting)
		told = append(told, e)
	}
	if size := len(b.RawData()); len(told) > 0 && a.bytes+size <= maxHeld {
		if a.held == nil {
			a.held = map[string]blocks.Block{}
		}
		a.held[key] = b
		a.bytes += size
	}
	return told
}

// take hands over a block that is held, once.
func (a *arrivals) take(c cid.Cid) (blocks.Block, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b, ok := a.held[c.KeyString()]
	if ok {
		delete(a.held, c.KeyString())
		a.bytes -= len(b.RawData())
	}
	return b, ok
}

// isFresh says that the block came unasked in this run, and is not counted as
// the disk's.
func (a *arrivals) isFresh(c cid.Cid) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.fresh[c.KeyString()]
}

// wait blocks until all the blocks came, where all of them came or are to come,
// or until nothing more does. It is false when there was nothing to wait for.
func (a *arrivals) wait(ctx context.Context, cids []cid.Cid) bool {
	waits, any := a.waits(cids)
	for _, w := range waits {
		select {
		case <-w.came:
		case <-w.ended:
		case <-ctx.Done():
			return true
		}
	}
	return any
}

// arrival is one block to wait for.
type arrival struct{ came, ended chan struct{} }

func (a *arrivals) waits(cids []cid.Cid) (waits []arrival, any bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range cids {
		key := c.KeyString()
		if a.fresh[key] {
			any = true // between the look at the disk and this one
			continue
		}
		w, ok := a.pending(key)
		if !ok {
			return nil, any
		}
		waits, any = append(waits, w), true
	}
	return waits, any
}

func (a *arrivals) pending(key string) (arrival, bool) {
	for _, e := range a.expected {
		if came, ok := e.pending[key]; ok {
			return arrival{came, e.ended}, true
		}
	}
	return arrival{}, false
}

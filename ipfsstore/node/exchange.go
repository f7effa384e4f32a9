package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	bsmsg "github.com/ipfs/boxo/bitswap/message"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
)

const (
	// window bounds the wants in flight to one peer.
	window = 512
	// idleTime without a byte from a peer that owes blocks is a silence.
	idleTime = 700 * time.Millisecond
	// maxSilences in a row, and what the peer owes is asked of the others.
	maxSilences = 3
	// sendTime bounds the sending of one wantlist.
	sendTime = 5 * time.Second
)

// errUnasked is what a peer did that sent what was never asked of it.
var errUnasked = errors.New("sent bytes that do not hash to what it was asked for")

// exchange knows what is wanted, and of whom. It is the receiver of bitswap's
// messages, see boxo's network.Receiver.
type exchange struct {
	// send carries a message to a peer, heard is when bytes last came from it.
	send  func(context.Context, peer.ID, bsmsg.BitSwapMessage) error
	heard func(peer.ID) time.Time
	// accuse is told of a peer that lied, and disconnects it.
	accuse func(peer.ID, error)
	idle   time.Duration

	mu    sync.Mutex
	wants map[string]*want // by multihash
	links map[peer.ID]*link
	// holds counts the reasons to expect further peers: dials on the way, and
	// the first moments on the local network.
	holds   int
	changed chan struct{} // closed when links or holds changed
}

func newExchange(idle time.Duration) *exchange {
	return &exchange{
		idle: idle, wants: make(map[string]*want), links: make(map[peer.ID]*link), changed: make(chan struct{}),
	}
}

// want is a block that somebody here waits for.
type want struct {
	cid   cid.Cid
	tried map[peer.ID]bool
	at    *link // whose turn it is, nil while it is nobody's
	waits []waiting
}

// waiting is one call's part in a want, under the CID that the call knows.
type waiting struct {
	call *call
	cid  cid.Cid
}

// call is one call of [Peers.Blocks].
type call struct {
	out  chan delivery
	done chan struct{} // closed when the call has returned
}

// delivery is the end of a want for one call.
type delivery struct {
	waiting
	data  []byte
	found bool // and not that nobody has it
}

// hand passes deliveries on, outside of the lock: a slow reader holds up the
// streams that its blocks come from, and so the peers that send them.
func hand(list []delivery) {
	for _, d := range list {
		select {
		case d.call.out <- d:
		case <-d.call.done:
		}
	}
}

// end makes the deliveries of a want that is over, found or not.
func (x *exchange) end(w *want, data []byte, found bool) []delivery {
	delete(x.wants, string(w.cid.Hash()))
	w.at = nil
	list := make([]delivery, len(w.waits))
	for i, wait := range w.waits {
		list[i] = delivery{wait, data, found}
	}
	return list
}

// Blocks asks the peers for blocks until each was brought, or is with none.
func (x *exchange) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &call{out: make(chan delivery, 16), done: make(chan struct{})}
	defer x.leave(c, cids)
	for left := x.join(c, cids); left > 0; left-- {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case d := <-c.out:
			if !d.found {
				continue
			}
			b, err := blocks.NewBlockWithCid(d.data, d.cid)
			if err != nil {
				return err
			}
			if err := yield(b); err != nil {
				return err
			}
		}
	}
	return nil
}

// join adds a call's wants and returns how many may still come.
func (x *exchange) join(c *call, cids []cid.Cid) (left int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, id := range cids {
		key := string(id.Hash())
		w, ok := x.wants[key]
		if !ok {
			w = &want{cid: id, tried: make(map[peer.ID]bool)}
			x.wants[key] = w
		}
		w.waits = append(w.waits, waiting{c, id})
		left++
		if !ok && !x.place(w) {
			delete(x.wants, key)
			left--
		}
	}
	return left
}

// leave takes back what a call still wants.
func (x *exchange) leave(c *call, cids []cid.Cid) {
	close(c.done)
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, id := range cids {
		w, ok := x.wants[string(id.Hash())]
		if !ok {
			continue
		}
		rest := w.waits[:0]
		for _, wait := range w.waits {
			if wait.call != c {
				rest = append(rest, wait)
			}
		}
		if w.waits = rest; len(rest) == 0 {
			delete(x.wants, string(id.Hash()))
			w.at.cancel(w)
		}
	}
}

// place gives a want to the peer that is to be asked next. It is false when all
// were, and no further one is expected: the block is absent.
func (x *exchange) place(w *want) bool {
	var best *link
	for id, l := range x.links {
		if !w.tried[id] && !l.silent() && (best == nil || l.cost() < best.cost()) {
			best = l
		}
	}
	if w.at = best; best == nil {
		return x.holds > 0
	}
	w.tried[best.id] = true
	best.queue = append(best.queue, w)
	best.wake()
	return true
}

// placeAll gives wants whose turn ended to the next peers; those that are
// nowhere end.
func (x *exchange) placeAll(list []*want) (ended []delivery) {
	for _, w := range list {
		if !x.place(w) {
			ended = append(ended, x.end(w, nil, false)...)
		}
	}
	return ended
}

// idlers are the wants that nobody is asked for.
func (x *exchange) idlers() (list []*want) {
	for _, w := range x.wants {
		if w.at == nil {
			list = append(list, w)
		}
	}
	return list
}

// hold says that further peers are to be expected, until release.
func (x *exchange) hold() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.holds++
}

// release takes a hold back; after the last one, what nobody has is absent.
func (x *exchange) release() {
	x.mu.Lock()
	x.holds--
	x.tell()
	ended := x.placeAll(x.idlers())
	x.mu.Unlock()
	hand(ended)
}

func (x *exchange) tell() {
	close(x.changed)
	x.changed = make(chan struct{})
}

// peers are those that are connected, whether further ones are to be expected,
// and what tells of the next change.
func (x *exchange) peers() (ids []peer.ID, more bool, changed <-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for id := range x.links {
		ids = append(ids, id)
	}
	return ids, x.holds > 0, x.changed
}

// ReceiveMessage implements boxo's network.Receiver.
func (x *exchange) ReceiveMessage(_ context.Context, from peer.ID, m bsmsg.BitSwapMessage) {
	x.mu.Lock()
	l, ok := x.links[from]
	if !ok {
		x.mu.Unlock()
		return
	}
	l.silences = 0
	var ended []delivery
	var lie error
	for _, b := range m.Blocks() {
		key := string(b.Cid().Hash())
		if !l.asked[key] {
			lie = fmt.Errorf("%w (%d bytes)", errUnasked, len(b.RawData()))
			continue
		}
		if w, ok := x.wants[key]; ok {
			if w.at != l {
				w.at.cancel(w)
			}
			delete(l.flight, key)
			ended = append(ended, x.end(w, b.RawData(), true)...)
			l.misses = 0
		}
	}
	ended = append(ended, x.placeAll(l.refused(m.DontHaves()))...)
	l.wake()
	x.mu.Unlock()
	hand(ended)
	if lie != nil {
		x.accuse(from, lie)
	}
}

// ReceiveError implements boxo's network.Receiver. What cannot be read leaves a
// silence, which is noticed.
func (x *exchange) ReceiveError(error) {}

// PeerConnected implements boxo's network.Receiver.
func (x *exchange) PeerConnected(id peer.ID) {
	x.mu.Lock()
	if _, ok := x.links[id]; ok {
		x.mu.Unlock()
		return
	}
	l := newLink(id)
	x.links[id] = l
	go x.feed(l)
	ended := x.placeAll(x.idlers())
	x.tell()
	x.mu.Unlock()
	hand(ended)
}

// PeerDisconnected implements boxo's network.Receiver: what the peer owes is
// asked of the others.
func (x *exchange) PeerDisconnected(id peer.ID) {
	x.mu.Lock()
	l, ok := x.links[id]
	if !ok {
		x.mu.Unlock()
		return
	}
	delete(x.links, id)
	close(l.gone)
	ended := x.placeAll(l.owed())
	x.tell()
	x.mu.Unlock()
	hand(ended)
}

// close lets go of every peer.
func (x *exchange) close() {
	ids, _, _ := x.peers()
	for _, id := range ids {
		x.PeerDisconnected(id)
	}
}

package node

import (
	"context"
	"time"

	bsmsg "github.com/ipfs/boxo/bitswap/message"
	pb "github.com/ipfs/boxo/bitswap/message/pb"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
)

// link is one connected peer and what it owes. All but the channels is guarded
// by the exchange's lock.
type link struct {
	id     peer.ID
	queue  []*want          // to be asked of it
	flight map[string]*want // asked, by multihash
	asked  map[string]bool  // all that it was ever asked for
	revoke []cid.Cid        // asked, and not wanted any more
	// misses since it last sent a block, and silences since it last spoke.
	misses, silences int
	sent             time.Time
	kick             chan struct{}
	gone             chan struct{}
}

func newLink(id peer.ID) *link {
	return &link{
		id: id, flight: make(map[string]*want), asked: make(map[string]bool),
		kick: make(chan struct{}, 1), gone: make(chan struct{}),
	}
}

func (l *link) wake() {
	select {
	case l.kick <- struct{}{}:
	default:
	}
}

// cost orders the peers that may be asked: who has much to do, or little of what
// is wanted, comes later.
func (l *link) cost() int { return len(l.queue) + len(l.flight) + l.misses }

// silent is a peer that is not asked until it speaks again.
func (l *link) silent() bool { return l.silences > maxSilences }

// cancel takes a want back; l is nil when it was nobody's turn.
func (l *link) cancel(w *want) {
	if l == nil {
		return
	}
	w.at = nil // what is in the queue is passed over
	if key := string(w.cid.Hash()); l.flight[key] == w {
		delete(l.flight, key)
		l.revoke = append(l.revoke, w.cid)
		l.wake()
	}
}

// refused are the wants that the peer answered with DONT_HAVE.
func (l *link) refused(cids []cid.Cid) (list []*want) {
	for _, id := range cids {
		key := string(id.Hash())
		if w, ok := l.flight[key]; ok {
			delete(l.flight, key)
			l.misses++
			list = append(list, w)
		}
	}
	return list
}

// owed empties the link: all that it was, or was to be, asked for.
func (l *link) owed() (list []*want) {
	for _, w := range l.flight {
		list = append(list, w)
	}
	for _, w := range l.queue {
		if w.at == l {
			list = append(list, w)
		}
	}
	clear(l.flight)
	l.queue = nil
	return list
}

// feed sends a peer its wantlists until it is gone.
func (x *exchange) feed(l *link) {
	tick := time.NewTicker(x.idle / 2)
	defer tick.Stop()
	for {
		select {
		case <-l.gone:
			return
		case <-l.kick:
		case <-tick.C:
		}
		m, ended := x.next(l)
		hand(ended)
		if m.Empty() {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), sendTime)
		err := x.send(ctx, l.id, m)
		cancel()
		if err != nil {
			x.PeerDisconnected(l.id)
			return
		}
	}
}

// next is what to tell a peer: what is in its queue as far as the window goes,
// or after a silence all that it owes, which it then has for the first time if
// it dropped some.
func (x *exchange) next(l *link) (bsmsg.BitSwapMessage, []delivery) {
	last := x.heard(l.id)
	x.mu.Lock()
	defer x.mu.Unlock()
	now := time.Now()
	if last.Before(l.sent) {
		last = l.sent
	}
	again := len(l.flight) > 0 && now.Sub(last) > x.idle
	if again {
		if l.silences++; l.silent() {
			return bsmsg.New(false), x.placeAll(l.owed())
		}
	}
	m := bsmsg.New(again)
	if again {
		for _, w := range l.flight {
			m.AddEntry(w.cid, 1, pb.Message_Wantlist_Block, true)
		}
	} else {
		for _, id := range l.revoke {
			m.Cancel(id)
		}
	}
	l.revoke = nil
	l.fill(m)
	if !m.Empty() {
		l.sent = now
	}
	return m, nil
}

// fill moves wants from the queue into the message, in order.
func (l *link) fill(m bsmsg.BitSwapMessage) {
	for len(l.queue) > 0 && len(l.flight) < window {
		w := l.queue[0]
		l.queue = l.queue[1:]
		if w.at != l {
			continue
		}
		key := string(w.cid.Hash())
		l.flight[key], l.asked[key] = w, true
		m.AddEntry(w.cid, 1, pb.Message_Wantlist_Block, true)
	}
}

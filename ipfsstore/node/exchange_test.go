package node

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	bsmsg "github.com/ipfs/boxo/bitswap/message"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"
)

// table is an exchange with made-up peers on its other side.
type table struct {
	*exchange
	mu    sync.Mutex
	peers map[peer.ID]func(bsmsg.BitSwapMessage) bsmsg.BitSwapMessage
	// most is the largest number of wants that was ever open at a peer.
	open, most map[peer.ID]int
}

func newTable(idle time.Duration) *table {
	t := &table{
		exchange: newExchange(idle), open: make(map[peer.ID]int), most: make(map[peer.ID]int),
		peers: make(map[peer.ID]func(bsmsg.BitSwapMessage) bsmsg.BitSwapMessage),
	}
	t.heard = func(peer.ID) time.Time { return time.Time{} }
	t.accuse = func(peer.ID, error) {}
	t.send = func(ctx context.Context, id peer.ID, m bsmsg.BitSwapMessage) error {
		t.mu.Lock()
		if m.Full() {
			t.open[id] = 0
		}
		t.open[id] += len(m.Wantlist())
		t.most[id] = max(t.most[id], t.open[id])
		answer := t.peers[id](m)
		if answer != nil {
			t.open[id] -= len(answer.Blocks()) + len(answer.DontHaves())
		}
		t.mu.Unlock()
		if answer != nil {
			go t.ReceiveMessage(ctx, id, answer)
		}
		return nil
	}
	return t
}

// seat adds a peer that answers wantlists so.
func (t *table) seat(id peer.ID, answer func(bsmsg.BitSwapMessage) bsmsg.BitSwapMessage) {
	t.mu.Lock()
	t.peers[id] = answer
	t.mu.Unlock()
	t.PeerConnected(id)
}

// has answers with those of the blocks that are wanted, DONT_HAVE to the rest.
func has(list ...blocks.Block) func(bsmsg.BitSwapMessage) bsmsg.BitSwapMessage {
	return func(m bsmsg.BitSwapMessage) bsmsg.BitSwapMessage {
		answer := bsmsg.New(false)
		for _, e := range m.Wantlist() {
			i := slices.IndexFunc(list, func(b blocks.Block) bool { return b.Cid().Equals(e.Cid) })
			switch {
			case e.Cancel:
			case i < 0:
				answer.AddDontHave(e.Cid)
			default:
				answer.AddBlock(list[i])
			}
		}
		return answer
	}
}

func silent(bsmsg.BitSwapMessage) bsmsg.BitSwapMessage { return nil }

func someBlocks(n int) (list []blocks.Block, cids []cid.Cid) {
	for i := range n {
		b := rawBlock(fmt.Appendf(nil, "block %d", i))
		list, cids = append(list, b), append(cids, b.Cid())
	}
	return list, cids
}

func rawBlock(data []byte) blocks.Block {
	c, err := cid.Prefix{Version: 1, Codec: cid.Raw, MhType: 0x12, MhLength: 32}.Sum(data)
	if err != nil {
		panic(err)
	}
	b, err := blocks.NewBlockWithCid(data, c)
	if err != nil {
		panic(err)
	}
	return b
}

// fetch returns how many of the CIDs came.
func fetch(t *testing.T, x *exchange, cids []cid.Cid) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	got := make(map[cid.Cid]int)
	err := x.Blocks(ctx, cids, func(b blocks.Block) error {
		got[b.Cid()]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for c, n := range got {
		if n != 1 || !slices.Contains(cids, c) {
			t.Errorf("%s was handed over %d times", c, n)
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.wants) > 0 {
		t.Errorf("%d wants are left over", len(x.wants))
	}
	return len(got)
}

func TestExchange(t *testing.T) {
	all, cids := someBlocks(2000)
	cases := map[string]struct {
		seat func(*table)
		ask  []cid.Cid
		want int
	}{
		"nobody":           {func(*table) {}, cids[:3], 0},
		"one has all":      {func(t *table) { t.seat("a", has(all...)) }, cids, 2000},
		"one has half":     {func(t *table) { t.seat("a", has(all[:1000]...)) }, cids, 1000},
		"each has another": {func(t *table) { t.seat("a", has(all[:1000]...)); t.seat("b", has(all[1000:]...)) }, cids, 2000},
		"one is silent":    {func(t *table) { t.seat("a", silent); t.seat("b", has(all...)) }, cids[:600], 600},
		"all are silent":   {func(t *table) { t.seat("a", silent); t.seat("b", silent) }, cids[:600], 0},
		"one forgets the first wantlist": {func(t *table) {
			first := true
			t.seat("a", func(m bsmsg.BitSwapMessage) bsmsg.BitSwapMessage {
				if first {
					first = false
					return nil
				}
				if !m.Full() {
					return bsmsg.New(false)
				}
				return has(all...)(m)
			})
		}, cids[:100], 100},
		"one leaves": {func(t *table) {
			t.seat("a", func(bsmsg.BitSwapMessage) bsmsg.BitSwapMessage {
				go t.PeerDisconnected("a")
				return nil
			})
			t.seat("b", has(all...))
		}, cids[:600], 600},
		"one comes while others are expected": {func(t *table) {
			t.hold()
			t.seat("a", has())
			time.AfterFunc(10*time.Millisecond, func() { t.seat("b", has(all...)); t.release() })
		}, cids[:10], 10},
		"nobody comes though others are expected": {func(t *table) {
			t.hold()
			time.AfterFunc(10*time.Millisecond, t.release)
		}, cids[:10], 0},
	}
	for what, c := range cases {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			x := newTable(50 * time.Millisecond)
			c.seat(x)
			defer x.close()
			if got := fetch(t, x.exchange, c.ask); got != c.want {
				t.Errorf("%d blocks, want %d", got, c.want)
			}
			x.mu.Lock()
			defer x.mu.Unlock()
			for id, most := range x.most {
				if most > window {
					t.Errorf("%d wants were open at %s", most, id)
				}
			}
		})
	}
}

func TestExchangeAccuses(t *testing.T) {
	all, cids := someBlocks(20)
	x := newTable(50 * time.Millisecond)
	defer x.close()
	accused := make(chan peer.ID, 100)
	x.accuse = func(id peer.ID, err error) {
		accused <- id
		x.PeerDisconnected(id)
	}
	x.seat("liar", func(m bsmsg.BitSwapMessage) bsmsg.BitSwapMessage {
		answer := bsmsg.New(false)
		for _, e := range m.Wantlist() {
			answer.AddBlock(rawBlock([]byte("not " + e.Cid.String())))
		}
		return answer
	})
	x.seat("honest", has(all...))
	if got := fetch(t, x.exchange, cids); got != len(cids) {
		t.Errorf("%d blocks, want %d", got, len(cids))
	}
	if id := <-accused; id != "liar" {
		t.Errorf("%s is accused", id)
	}
}

// TestExchangeLeaves sees that nothing is owed to a call that gave up, and that a
// block which comes too late is no lie.
func TestExchangeLeaves(t *testing.T) {
	all, cids := someBlocks(5)
	x := newTable(time.Hour)
	defer x.close()
	x.accuse = func(_ peer.ID, err error) { t.Error(err) }
	asked, cancelled := make(chan bool, 10), make(chan bool, 10)
	x.seat("a", func(m bsmsg.BitSwapMessage) bsmsg.BitSwapMessage {
		if m.Wantlist()[0].Cancel {
			cancelled <- true
		} else {
			asked <- true
		}
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if err := x.Blocks(ctx, cids, func(blocks.Block) error { return nil }); err == nil {
		t.Error("no error from a cancelled call")
	}
	<-cancelled
	late := bsmsg.New(false)
	late.AddBlock(all[0])
	x.ReceiveMessage(t.Context(), "a", late)
	x.mu.Lock()
	defer x.mu.Unlock()
	if n := len(x.wants) + len(x.links["a"].flight); n > 0 {
		t.Errorf("%d wants are left over", n)
	}
}

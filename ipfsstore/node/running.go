package node

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ipfs/boxo/bitswap/network"
	"github.com/ipfs/boxo/bitswap/network/bsnet"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	manet "github.com/multiformats/go-multiaddr/net"

	"github.com/ipnpm/ipnpm/ipfsstore/peering"
)

// running is a [Peers] that has started.
type running struct {
	ctx      context.Context
	cancel   context.CancelFunc
	work     sync.WaitGroup
	host     host.Host
	net      network.BitSwapNetwork
	meter    *meter
	exchange *exchange
	dht      *dht // nil without one
	accuse   func(who string, lie error)

	mu      sync.Mutex
	dialled map[peer.ID]bool
	liars   map[peer.ID]bool
}

// begin starts a host and, where asked to, the search in the local network.
func begin(opt peering.Options, accuse func(string, error)) (*running, error) {
	r := &running{
		meter: newMeter(), exchange: newExchange(idleTime), accuse: accuse,
		dialled: make(map[peer.ID]bool), liars: make(map[peer.ID]bool),
	}
	var err error
	if r.host, err = newHost(hostOptions{quic: opt.QUIC, meter: r.meter}); err != nil {
		return nil, err
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	if opt.DHT {
		if r.dht, err = newDHT(r.ctx, opt); err != nil {
			return nil, errors.Join(err, r.close())
		}
	}
	r.net = bsnet.NewFromIpfsHost(r.host)
	r.exchange.send, r.exchange.heard, r.exchange.accuse = r.net.SendMessage, r.meter.lastHeard, r.drop
	r.net.Start(r.exchange)
	if opt.LAN {
		r.browse(opt.Wait)
	}
	return r, nil
}

// browse expects machines of the local network for a while, and takes those that
// come later as well.
func (r *running) browse(wait time.Duration) {
	r.exchange.hold()
	browsed := make(chan struct{})
	r.work.Go(func() {
		defer close(browsed)
		_ = browse(r.ctx, func(info peer.AddrInfo) { r.dial(info) }) // without multicast nobody is found
	})
	r.work.Go(func() {
		defer r.exchange.release()
		select {
		case <-time.After(wait):
		case <-browsed:
		}
	})
}

func (r *running) dialText(addr string) {
	if info, err := peering.ParsePeer(addr); err == nil {
		r.dial(info)
	}
}

// dial connects to a peer, unless it was tried before; it tells which.
func (r *running) dial(info peer.AddrInfo) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if info.ID == r.host.ID() || r.dialled[info.ID] || len(r.dialled) >= maxPeers || r.ctx.Err() != nil {
		return false
	}
	r.dialled[info.ID] = true
	r.exchange.hold()
	r.work.Go(func() {
		defer r.exchange.release()
		ctx, cancel := context.WithTimeout(r.ctx, dialTime)
		defer cancel()
		if r.net.Connect(ctx, info) == nil {
			// The notification of it takes its time.
			r.exchange.PeerConnected(info.ID)
		}
	})
	return true
}

// drop ends the connection with a peer that lied, for good.
func (r *running) drop(id peer.ID, lie error) {
	r.mu.Lock()
	known := r.liars[id]
	r.liars[id] = true
	r.mu.Unlock()
	if known {
		return
	}
	r.accuse(r.name(id), lie)
	r.exchange.PeerDisconnected(id)
	_ = r.host.Network().ClosePeer(id)
}

// blocks asks the peers, and as long as blocks are missing and somebody is found
// who has one of them, those as well.
func (r *running) blocks(ctx context.Context, wanted []cid.Cid, yield func(blocks.Block) error) error {
	for {
		known := r.dht.finds.Load()
		came := make(map[cid.Cid]bool, len(wanted))
		err := r.exchange.Blocks(ctx, wanted, func(b blocks.Block) error {
			came[b.Cid()] = true
			return yield(b)
		})
		wanted = slices.DeleteFunc(wanted, func(c cid.Cid) bool { return came[c] })
		if err != nil || len(wanted) == 0 {
			return err
		}
		if more, err := r.dht.seek(ctx, wanted, known, r.dial); !more || err != nil {
			return err
		}
	}
}

// name is a peer for people.
func (r *running) name(id peer.ID) string {
	if id == "" {
		return "the DHT"
	}
	for _, conn := range r.host.Network().ConnsToPeer(id) {
		if addr, err := manet.ToNetAddr(conn.RemoteMultiaddr()); err == nil {
			return "peer " + id.String() + " at " + addr.String()
		}
	}
	return "peer " + id.String()
}

// close ends everything and waits for it. The exchange lets go of its peers last:
// a dial that has just succeeded adds one.
func (r *running) close() error {
	r.cancel()
	r.net.Stop()
	err := r.host.Close()
	r.work.Wait()
	r.exchange.close()
	if r.dht != nil {
		err = errors.Join(err, r.dht.close())
	}
	return errors.Join(err, r.host.Peerstore().Close())
}

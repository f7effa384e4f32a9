package node

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/ipfs/boxo/bitswap/network"
	"github.com/ipfs/boxo/bitswap/network/bsnet"
	"github.com/ipfs/boxo/bitswap/server"
	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	"github.com/libp2p/go-libp2p/core/host"
	libp2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/ipfsstore/peering"
)

// Holdings is what a [Server] hands out. All that it does not have is an error
// that wraps ipfsstore.ErrNotFound.
type Holdings interface {
	// Held is a block, verified.
	Held(ctx context.Context, c cid.Cid) (blocks.Block, error)
	// HeldSize is a block's size, without reading it.
	HeldSize(c cid.Cid) (int, bool)
	// HeldRecord is the newest record known of a name.
	HeldRecord(name ipns.Name) (ipfsstore.Record, error)
}

const defaultMaxConns = 256

// maxWants bounds what one peer may have in the queue: what our own ask for at
// once, and Kubo's limit.
const maxWants = 1024

// Server shares what a machine holds with its peers, until it is closed.
type Server struct {
	host    host.Host
	net     network.BitSwapNetwork
	bitswap *server.Server
	meter   *meter
	limits  libp2pnet.ResourceManager
	cancel  context.CancelFunc
	work    sync.WaitGroup
}

// Serve starts a server.
func Serve(h Holdings, o peering.ServerOptions) (*Server, error) {
	limits, err := connLimits(o.MaxConns)
	if err != nil {
		return nil, err
	}
	s := &Server{meter: newMeter(), limits: limits}
	setup := hostOptions{key: o.Key, listen: o.Listen, quic: o.QUIC, meter: s.meter, limits: limits}
	if o.Private {
		setup.gate = privateGate{}
	}
	s.host, err = newHost(setup)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting the node: %w", err), limits.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.net = bsnet.NewFromIpfsHost(s.host)
	s.bitswap = server.New(ctx, s.net, shelf{Holdings: h}, server.MaxQueuedWantlistEntriesPerPeer(maxWants))
	s.net.Start(listener{s.bitswap, s.meter})
	s.host.SetStreamHandler(RecordProtocol, serveRecord(h))
	if o.LAN {
		s.work.Go(func() { announce(ctx, s.host, o.Failed) })
	}
	return s, nil
}

// connLimits bounds the connections, and by libp2p's own measures the streams
// and the memory of each.
func connLimits(conns int) (libp2pnet.ResourceManager, error) {
	if conns <= 0 {
		conns = defaultMaxConns
	}
	defaults := rcmgr.DefaultLimits
	most := rcmgr.PartialLimitConfig{System: rcmgr.ResourceLimits{
		Conns: rcmgr.LimitVal(conns), ConnsInbound: rcmgr.LimitVal(conns),
	}}
	return rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(most.Build(defaults.AutoScale())), rcmgr.WithMetricsDisabled())
}

// ID is the peer's name.
func (s *Server) ID() string { return s.host.ID().String() }

// Addrs are the addresses that the server listens on, with its name.
func (s *Server) Addrs() []string {
	var out []string
	for _, addr := range s.host.Addrs() {
		out = append(out, full(addr, s.host.ID()))
	}
	return out
}

// BareAddrs are the same without its name.
func (s *Server) BareAddrs() []string {
	var out []string
	for _, addr := range s.host.Addrs() {
		out = append(out, addr.String())
	}
	return out
}

// Peers counts those that are connected.
func (s *Server) Peers() int { return len(s.host.Network().Peers()) }

// Traffic is the bytes that came and went in streams.
func (s *Server) Traffic() (in, out int64) { return s.meter.in.Load(), s.meter.out.Load() }

// Close says good-bye to the local network and ends all connections.
func (s *Server) Close() error {
	s.cancel()
	s.work.Wait()
	s.net.Stop()
	s.bitswap.Close()
	return errors.Join(s.host.Close(), s.host.Peerstore().Close(), s.limits.Close())
}

// listener is bitswap's server as the receiver of messages.
type listener struct {
	*server.Server
	meter *meter
}

// ReceiveError implements network.Receiver.
func (listener) ReceiveError(error) {}

// PeerDisconnected implements network.Receiver.
func (l listener) PeerDisconnected(id peer.ID) {
	l.Server.PeerDisconnected(id)
	l.meter.forget(id)
}

// shelf is what a machine holds as boxo's blockstore, of which bitswap's server
// only reads.
type shelf struct{ Holdings }

var errReadOnly = errors.New("the blocks that are shared are not written by sharing them")

// Get implements blockstore.Blockstore.
func (s shelf) Get(ctx context.Context, c cid.Cid) (blocks.Block, error) {
	b, err := s.Held(ctx, c)
	if errors.Is(err, ipfsstore.ErrNotFound) {
		return nil, ipld.ErrNotFound{Cid: c}
	}
	return b, err
}

// Has implements blockstore.Blockstore.
func (s shelf) Has(_ context.Context, c cid.Cid) (bool, error) {
	_, ok := s.HeldSize(c)
	return ok, nil
}

// GetSize implements blockstore.Blockstore.
func (s shelf) GetSize(_ context.Context, c cid.Cid) (int, error) {
	n, ok := s.HeldSize(c)
	if !ok {
		return 0, ipld.ErrNotFound{Cid: c}
	}
	return n, nil
}

// Put implements blockstore.Blockstore.
func (shelf) Put(context.Context, blocks.Block) error { return errReadOnly }

// PutMany implements blockstore.Blockstore.
func (shelf) PutMany(context.Context, []blocks.Block) error { return errReadOnly }

// DeleteBlock implements blockstore.Blockstore.
func (shelf) DeleteBlock(context.Context, cid.Cid) error { return errReadOnly }

// AllKeysChan implements blockstore.Blockstore.
func (shelf) AllKeysChan(context.Context) (<-chan cid.Cid, error) { return nil, errReadOnly }

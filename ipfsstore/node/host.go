package node

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/metrics"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/sec"
	blankhost "github.com/libp2p/go-libp2p/p2p/host/blank"
	"github.com/libp2p/go-libp2p/p2p/host/eventbus"
	"github.com/libp2p/go-libp2p/p2p/host/peerstore/pstoremem"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/net/upgrader"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
)

// dialTime bounds one dial: what is announced on the local network answers in
// milliseconds, and what a registry names as a provider may be gone.
const dialTime = 3 * time.Second

// hostOptions say what newHost puts together.
type hostOptions struct {
	key    crypto.PrivKey // nil for one that lives as long as the host
	listen []string       // multiaddrs, none for a host that only dials
	quic   bool
	meter  metrics.Reporter
	limits network.ResourceManager // nil for none
	gate   connmgr.ConnectionGater // nil for none
}

// newHost makes a libp2p host of TCP, noise and yamux, and QUIC where asked for.
func newHost(o hostOptions) (host.Host, error) {
	if o.key == nil {
		var err error
		if o.key, _, err = crypto.GenerateEd25519Key(rand.Reader); err != nil {
			return nil, fmt.Errorf("making a peer's key: %w", err)
		}
	}
	if o.limits == nil {
		o.limits = &network.NullResourceManager{}
	}
	id, err := peer.IDFromPrivateKey(o.key)
	if err != nil {
		return nil, err
	}
	store, err := pstoremem.NewPeerstore()
	if err != nil {
		return nil, err
	}
	err = errors.Join(store.AddPrivKey(id, o.key), store.AddPubKey(id, o.key.GetPublic()))
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	bus := eventbus.NewBus()
	net, err := swarm.NewSwarm(id, store, bus, swarm.WithMetrics(o.meter), swarm.WithResourceManager(o.limits),
		swarm.WithConnectionGater(o.gate), swarm.WithDialTimeout(dialTime), swarm.WithDialTimeoutLocal(dialTime))
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	if err := addTransports(net, o); err != nil {
		return nil, errors.Join(err, net.Close())
	}
	h := blankhost.NewBlankHost(net, blankhost.WithEventBus(bus))
	if h == nil {
		return nil, errors.Join(errors.New("libp2p host could not be made"), net.Close())
	}
	return h, nil
}

// addTransports adds them and listens.
func addTransports(net *swarm.Swarm, o hostOptions) error {
	muxers := []upgrader.StreamMuxer{{ID: yamux.ID, Muxer: yamux.DefaultTransport}}
	secure, err := noise.New(noise.ID, o.key, muxers)
	if err != nil {
		return err
	}
	up, err := upgrader.New([]sec.SecureTransport{secure}, muxers, nil, o.limits, o.gate)
	if err != nil {
		return err
	}
	dialer, err := tcp.NewTCPTransport(up, o.limits, nil, tcp.WithConnectionTimeout(dialTime))
	if err != nil {
		return err
	}
	if err := net.AddTransport(dialer); err != nil {
		return err
	}
	if o.quic {
		if err := addQUIC(net, o); err != nil {
			return err
		}
	}
	addrs, err := parseAddrs(o.listen)
	if err != nil || len(addrs) == 0 {
		return err
	}
	return net.Listen(addrs...)
}

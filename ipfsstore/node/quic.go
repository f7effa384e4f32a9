package node

import (
	"crypto/rand"

	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	libp2pquic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/quicreuse"
	"github.com/quic-go/quic-go"
)

// addQUIC adds the transport over UDP. It is an option, since TCP does as well
// on a local network and UDP is what firewalls drop first.
func addQUIC(net *swarm.Swarm, o hostOptions) error {
	var reset quic.StatelessResetKey
	var token quic.TokenGeneratorKey
	_, _ = rand.Read(reset[:]) // never fails
	_, _ = rand.Read(token[:])
	conns, err := quicreuse.NewConnManager(reset, token)
	if err != nil {
		return err
	}
	transport, err := libp2pquic.NewTransport(o.key, conns, nil, o.gate, o.limits)
	if err != nil {
		return err
	}
	return net.AddTransport(transport)
}

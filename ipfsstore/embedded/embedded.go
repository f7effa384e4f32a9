// Package embedded is libp2p in this process, both its ends as the commands use
// them: ipfsstore/node's peers, and ipfsstore/node's server and ipfsstore/share's
// gateway as one thing that shares a store. The program ipnpm-peers has it, and
// so have the tests; ipnpm has not, see ipfsstore/peering.
package embedded

import (
	"context"
	"errors"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/ipfsstore/node"
	"github.com/ipnpm/ipnpm/ipfsstore/peering"
	"github.com/ipnpm/ipnpm/ipfsstore/share"
)

// Network is libp2p in this process.
type Network struct{}

// Peers makes a source of peers, which is not started before it is asked.
func (Network) Peers(o peering.Options) (peering.Peers, error) {
	p, err := node.New(o)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Serve shares a store until it is closed. Where HTTP is what fails, the error is
// a [peering.GatewayError].
func (Network) Serve(ctx context.Context, store *ipfsstore.Store, o peering.ServeOptions) (*peering.Serving, error) {
	shared := share.New(store, share.Limits{Rate: o.Rate, Daily: o.Daily})
	server, err := node.Serve(shared.Outlet("bitswap"), o.ServerOptions)
	if err != nil {
		return nil, err
	}
	shared.Gauge("peers", "Peers that are connected.", func() float64 { return float64(server.Peers()) })
	shared.Gauge("stream_received_bytes", "Bytes that came from peers.", func() float64 { in, _ := server.Traffic(); return float64(in) })
	shared.Gauge("stream_sent_bytes", "Bytes that went to peers.", func() float64 { _, out := server.Traffic(); return float64(out) })
	s := &peering.Serving{Peer: server.ID(), Addrs: server.Addrs(), Close: server.Close}
	if o.Gateway == "" {
		return s, nil
	}
	web, err := shared.Listen(ctx, o.Gateway, o.MaxConns, share.Self{ID: server.ID(), Addrs: server.BareAddrs})
	if err != nil {
		return nil, errors.Join(&peering.GatewayError{Err: err}, server.Close())
	}
	s.Gateway = "http://" + web.Addr
	s.Close = func() error { return errors.Join(web.Close(), server.Close()) }
	return s, nil
}

//go:build !nonode

package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/ipnpm/ipnpm/ipfsstore/node"
	"github.com/ipnpm/ipnpm/ipfsstore/share"
)

// serving is the --json form of what serve says when it is up.
type serving struct {
	Peer    string   `json:"peer"`
	Addrs   []string `json:"addrs"`
	Gateway string   `json:"gateway,omitempty"`
	Store   string   `json:"store"`
}

func runServe(ctx context.Context, a *app, o serveOptions) (err error) {
	if o.conns <= 0 {
		return &hintError{err: fmt.Errorf("--max-connections=%d", o.conns), hint: "give a number above 0"}
	}
	s, err := a.openSession(findRoot(a.Dir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	shared := share.New(s.store, share.Limits{Rate: int64(o.rate), Daily: int64(o.daily)})
	peers, err := s.servePeers(o, shared)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, peers.Close()) }()
	shared.Gauge("peers", "Peers that are connected.", func() float64 { return float64(peers.Peers()) })
	shared.Gauge("stream_received_bytes", "Bytes that came from peers.", func() float64 { in, _ := peers.Traffic(); return float64(in) })
	shared.Gauge("stream_sent_bytes", "Bytes that went to peers.", func() float64 { _, out := peers.Traffic(); return float64(out) })
	up := serving{Peer: peers.ID(), Addrs: peers.Addrs(), Store: s.dirs.data}
	if o.gateway != "off" {
		web, err := shared.Listen(ctx, o.gateway, o.conns, share.Self{ID: peers.ID(), Addrs: peers.BareAddrs})
		if err != nil {
			return &hintError{err: err, hint: "another program may be there: --gateway-listen=127.0.0.1:0 takes any free port, off none"}
		}
		defer func() { err = errors.Join(err, web.Close()) }()
		up.Gateway = "http://" + web.Addr
	}
	if err := a.tellServing(up); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// servePeers starts the node's end that shares.
func (s *session) servePeers(o serveOptions, shared *share.Share) (*node.Server, error) {
	key, err := s.store.Identity()
	if err != nil {
		return nil, err
	}
	server, err := node.Serve(shared.Outlet("bitswap"), node.ServerOptions{
		Key: key, Listen: o.listen, QUIC: s.cfg.Bool("ipfs-quic"), LAN: s.cfg.Bool("ipfs-lan"),
		MaxConns: o.conns, Private: !o.public,
		Failed: func(err error) { s.app.warn("this machine cannot be found by others: %v", err) },
	})
	if err != nil {
		return nil, &hintError{err: err, hint: "is ipnpm serve running already? --listen=/ip4/0.0.0.0/tcp/0 takes any free port"}
	}
	return server, nil
}

func (a *app) tellServing(up serving) error {
	if a.json {
		return errors.Join(a.printJSON(up), a.printLine())
	}
	if a.silent {
		return nil
	}
	fmt.Fprintf(a.Out, "sharing %s\n", up.Store)
	for _, addr := range up.Addrs {
		fmt.Fprintf(a.Out, "  peers    %s\n", addr)
	}
	if up.Gateway != "" {
		fmt.Fprintf(a.Out, "  gateway  %s\n  metrics  %s/metrics\n", up.Gateway, up.Gateway)
	}
	return nil
}

package cmd

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/ipfsstore/peering"
)

// serveOptions are serve's own flags.
type serveOptions struct {
	listen      []string
	gateway     string
	rate, daily byteCount
	conns       int
	public      bool
}

const (
	peerPort    = 4801
	gatewayPort = 8801
)

func newServeCmd(a *app) *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use:     "serve",
		GroupID: "registry",
		Short:   "Share this machine's store with others, until it is stopped",
		Long: `Serve shares what is in this machine's store: packages that were installed or
mirrored here, indexes, and the IPNS records of registries. Other machines'
ipnpm finds it on the local network with nothing configured (mDNS); elsewhere
its address goes into their ipfs-peers. It fetches nothing for them.

Blocks go by bitswap, to machines of private networks alone unless --public is
given. A trustless gateway (raw blocks, CARs, IPNS records, Routing V1) and
Prometheus's metrics at /metrics are on loopback unless --gateway-listen says
otherwise.

Whoever reaches it can read what he knows the CID of, packages of private
registries too: serve them where all may have them. SIGINT or SIGTERM ends it.

It is done by the program ipnpm-peers, which belongs beside ipnpm, as is asking
peers.`,
		Example: `  ipnpm serve
  ipnpm serve --gateway-listen=0.0.0.0:8801 --limit-rate=5MB --limit-daily=20GB
  ipnpm install --ipfs-peers=/ip4/10.0.0.2/tcp/4801/p2p/12D3…`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if a.network == nil {
				return a.becomePeersProgram(c.Context())
			}
			return runServe(c.Context(), a, o)
		},
	}
	f := c.Flags()
	f.StringSliceVar(&o.listen, "listen", []string{
		fmt.Sprintf("/ip4/0.0.0.0/tcp/%d", peerPort), fmt.Sprintf("/ip6/::/tcp/%d", peerPort),
	}, "share with peers at these `MULTIADDRs`")
	f.StringVar(&o.gateway, "gateway-listen", fmt.Sprintf("127.0.0.1:%d", gatewayPort), "serve HTTP at this `HOST:PORT`; \"off\" for not at all")
	f.Var(&o.rate, "limit-rate", "hand out no more than `SIZE` a second")
	f.Var(&o.daily, "limit-daily", "hand out no more than `SIZE` in 24 hours")
	f.IntVar(&o.conns, "max-connections", 256, "connections at once, peers and HTTP each")
	f.BoolVar(&o.public, "public", false, "also take peers that are in no private network")
	return c
}

// becomePeersProgram has the program with libp2p go on in this one's place.
func (a *app) becomePeersProgram(ctx context.Context) error {
	program, err := findPeersProgram()
	if err != nil {
		return err
	}
	err = a.become(program)
	if errors.Is(err, errors.ErrUnsupported) {
		c := exec.CommandContext(ctx, program, a.args...)
		c.Stdin, c.Stdout, c.Stderr, c.Env = a.In, a.Out, a.Err, a.Env
		err = c.Run()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", peersProgram, err)
	}
	return nil
}

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
	shared, err := s.share(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shared.Close()) }()
	if err := a.tellServing(serving{Peer: shared.Peer, Addrs: shared.Addrs, Gateway: shared.Gateway, Store: s.dirs.data}); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// share begins to share the session's store.
func (s *session) share(ctx context.Context, o serveOptions) (*peering.Serving, error) {
	key, err := s.store.Identity()
	if err != nil {
		return nil, err
	}
	gateway := o.gateway
	if gateway == "off" {
		gateway = ""
	}
	peers := peering.ServerOptions{
		Key: key, Listen: o.listen, QUIC: s.cfg.Bool("ipfs-quic"), LAN: s.cfg.Bool("ipfs-lan"),
		MaxConns: o.conns, Private: !o.public,
		Failed: func(err error) { s.app.warn("this machine cannot be found by others: %v", err) },
	}
	shared, err := s.app.network.Serve(ctx, s.store, peering.ServeOptions{
		ServerOptions: peers, Gateway: gateway, Rate: int64(o.rate), Daily: int64(o.daily),
	})
	if web, ok := errors.AsType[*peering.GatewayError](err); ok {
		return nil, &hintError{err: web, hint: "another program may be there: --gateway-listen=127.0.0.1:0 takes any free port, off none"}
	}
	if err != nil {
		return nil, &hintError{err: err, hint: "is ipnpm serve running already? --listen=/ip4/0.0.0.0/tcp/0 takes any free port"}
	}
	return shared, nil
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

package cmd

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
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
registries too: serve them where all may have them. SIGINT or SIGTERM ends it.`,
		Example: `  ipnpm serve
  ipnpm serve --gateway-listen=0.0.0.0:8801 --limit-rate=5MB --limit-daily=20GB
  ipnpm install --ipfs-peers=/ip4/10.0.0.2/tcp/4801/p2p/12D3…`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runServe(c.Context(), a, o) },
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

// byteCount is a flag for a size: "500kB", "2.5 GB". The units are decimal, as in
// what ipnpm prints.
type byteCount int64

// String implements pflag.Value.
func (n *byteCount) String() string {
	if *n == 0 {
		return ""
	}
	return size(int64(*n))
}

// Type implements pflag.Value.
func (n *byteCount) Type() string { return "SIZE" }

// Set implements pflag.Value.
func (n *byteCount) Set(text string) error {
	number := strings.TrimRight(text, "kKMGTBb ")
	factor, ok := map[string]float64{"": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[strings.TrimRight(strings.TrimSpace(text[len(number):]), "Bb")]
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !ok || value <= 0 || value*factor >= math.MaxInt64 {
		return fmt.Errorf("%q is no size: write it as 500kB, 20MB or 1.5GB", text)
	}
	*n = byteCount(value * factor)
	return nil
}

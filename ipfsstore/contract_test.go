package ipfsstore_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/ipfsstore/embedded"
	"github.com/ipnpm/ipnpm/ipfsstore/node"
	"github.com/ipnpm/ipnpm/ipfsstore/peering"
)

// TestPeersContract holds peers to what every other source is held to.
func TestPeersContract(t *testing.T) {
	t.Parallel()
	here := embedded.Network{}.Peers
	for name, way := range map[string]struct {
		quic bool
		by   func(peering.Options) (peering.Peers, error)
	}{"TCP": {false, here}, "QUIC": {true, here}, "another process": {false, peersAside}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ipfsstore.HoldToContract(t, func(t *testing.T, s *ipfsstore.Store) ipfsstore.Source {
				return peersOf(t, s, way.quic, way.by)
			})
		})
	}
}

// TestMain lets this test binary be the other process.
func TestMain(m *testing.M) {
	if !slices.Equal(os.Args[1:], []string{peering.Protocol}) {
		os.Exit(m.Run())
	}
	if err := peering.Answer(context.Background(), os.Stdin, os.Stdout, embedded.Network{}.Peers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// peersAside are peers that another process asks.
func peersAside(o peering.Options) (peering.Peers, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return peering.New(program, o)
}

// peersOf shares a store on loopback and returns a source that knows where.
func peersOf(t *testing.T, s *ipfsstore.Store, quic bool, by func(peering.Options) (peering.Peers, error)) peering.Peers {
	t.Helper()
	key, err := s.Identity()
	if err != nil {
		t.Fatal(err)
	}
	listen := "/ip4/127.0.0.1/tcp/0"
	if quic {
		listen = "/ip4/127.0.0.1/udp/0/quic-v1"
	}
	server, err := node.Serve(s, peering.ServerOptions{Key: key, Listen: []string{listen}, QUIC: quic})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	peers, err := by(peering.Options{Addrs: server.Addrs(), QUIC: quic})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = peers.Close() })
	return peers
}

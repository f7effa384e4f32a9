package ipfsstore_test

import (
	"testing"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/ipfsstore/node"
)

// TestPeersContract holds peers to what every other source is held to.
func TestPeersContract(t *testing.T) {
	t.Parallel()
	for name, quic := range map[string]bool{"TCP": false, "QUIC": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ipfsstore.HoldToContract(t, func(t *testing.T, s *ipfsstore.Store) ipfsstore.Source {
				return peersOf(t, s, quic)
			})
		})
	}
}

// peersOf shares a store on loopback and returns a source that knows where.
func peersOf(t *testing.T, s *ipfsstore.Store, quic bool) *node.Peers {
	t.Helper()
	key, err := s.Identity()
	if err != nil {
		t.Fatal(err)
	}
	listen := "/ip4/127.0.0.1/tcp/0"
	if quic {
		listen = "/ip4/127.0.0.1/udp/0/quic-v1"
	}
	server, err := node.Serve(s, node.ServerOptions{Key: key, Listen: []string{listen}, QUIC: quic})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	peers, err := node.New(node.Options{Addrs: server.Addrs(), QUIC: quic})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = peers.Close() })
	return peers
}

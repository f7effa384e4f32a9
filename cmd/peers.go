package cmd

import (
	"context"
	"fmt"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

// peers is the embedded node as the commands use it. What makes one is in
// peers_node.go, which the build tag nonode leaves out of the program, and
// libp2p with it.
type peers interface {
	ipfsstore.Crowd
	// Add makes further peers known.
	Add(addrs ...string)
	Close() error
}

// recordHeadStart is what the configured sources of IPNS records have before
// the node is started for one: theirs would be waited for 300 ms longer.
const recordHeadStart = 500 * time.Millisecond

// peerSource asks peers, unless the context says that others come first. An
// https registry has the bytes at hand: to start a node and to look around the
// network for them would hold up the ordinary install. It does so when the
// registry has failed.
type peerSource struct{ peers }

// badPeer says how an address is written that is none; nil stays nil.
func badPeer(where string, err error) error {
	if err == nil {
		return nil
	}
	return &hintError{
		err:  fmt.Errorf("%s: %w", where, err),
		hint: "write an address as `ipnpm serve` prints it: /ip4/10.0.0.2/tcp/4801/p2p/12D3…",
	}
}

type withoutPeersKey struct{}

// withoutPeers keeps what is asked under the context from the embedded node.
func withoutPeers(ctx context.Context) context.Context {
	return context.WithValue(ctx, withoutPeersKey{}, true)
}

// Blocks implements ipfsstore.Source.
func (p peerSource) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	if ctx.Value(withoutPeersKey{}) != nil {
		return nil
	}
	return p.peers.Blocks(ctx, cids, yield)
}

// usePeers adds the embedded node to the sources, as the last of them, where
// --ipfs has one. Offline it is not even made.
func (s *session) usePeers(found *sources) error {
	if mode, _ := s.mode(); s.cfg.Bool("offline") || mode != "auto" && mode != "embedded" {
		return nil
	}
	p, err := s.newPeers(len(found.all) > 0)
	if err != nil || p == nil {
		return err
	}
	found.all = append(found.all, peerSource{p})
	s.peersMu.Lock()
	defer s.peersMu.Unlock()
	s.peers = p
	p.Add(s.providers...)
	return nil
}

// addPeers keeps the peers that an index names as having its content: those are
// dialled first.
func (s *session) addPeers(addrs []string) {
	s.peersMu.Lock()
	defer s.peersMu.Unlock()
	s.providers = append(s.providers, addrs...)
	if s.peers != nil {
		s.peers.Add(addrs...)
	}
}

func (s *session) closePeers() error {
	s.peersMu.Lock()
	defer s.peersMu.Unlock()
	if s.peers == nil {
		return nil
	}
	return s.peers.Close()
}

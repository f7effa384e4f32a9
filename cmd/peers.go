package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/ipfsstore/peering"
)

// Network is libp2p, which the program ipnpm-peers has in it and ipnpm has not.
type Network interface {
	// Peers makes a source of peers, which is not started before it is asked.
	Peers(o peering.Options) (peering.Peers, error)
	// Serve shares a store until it is closed. Where HTTP is what fails, the
	// error is a [peering.GatewayError].
	Serve(ctx context.Context, store *ipfsstore.Store, o peering.ServeOptions) (*peering.Serving, error)
}

// peersProgram is where ipnpm finds libp2p.
const peersProgram = "ipnpm-peers"

// recordHeadStart is what the configured sources of IPNS records have before
// the node is started for one: theirs would be waited for 300 ms longer.
const recordHeadStart = 500 * time.Millisecond

// peerSource asks peers, unless the context says that others come first. An
// https registry has the bytes at hand: to start a node and to look around the
// network for them would hold up the ordinary install. It does so when the
// registry has failed.
type peerSource struct{ peering.Peers }

// newPeers makes the source of peers, which is not started before it is needed;
// nil when it is to look for nobody, or when the local network is all there was
// and this program cannot look there. others says that there are sources of names
// to ask before it.
func (s *session) newPeers(others bool) (peering.Peers, error) {
	o := peering.Options{
		LAN: s.cfg.Bool("ipfs-lan"), Addrs: s.cfg.Strings("ipfs-peers"), QUIC: s.cfg.Bool("ipfs-quic"),
		DHT: s.cfg.Bool("ipfs-dht"), Bootstrap: s.cfg.Strings("ipfs-dht-bootstrap"),
	}
	if o.Nobody() {
		return nil, nil //nolint:nilnil // none is wanted
	}
	if others {
		o.HeadStart = recordHeadStart
	}
	by := peersAside
	if s.app.network != nil {
		by = s.app.network.Peers
	}
	p, err := by(o)
	if named := o.DHT || len(o.Addrs) > 0; !named && errors.Is(err, errNoPeers) {
		return nil, nil //nolint:nilnil // the local network is looked at where that can be
	}
	return p, badPeer("ipfs-peers, ipfs-dht-bootstrap", err)
}

// errNoPeers says that the program which has libp2p is missing.
var errNoPeers = errors.New("the program " + peersProgram + " is not beside this one")

// peersAside makes peers that the program with libp2p asks.
func peersAside(o peering.Options) (peering.Peers, error) {
	program, err := findPeersProgram()
	if err != nil {
		return nil, err
	}
	p, err := peering.New(program, o)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// findPeersProgram finds it where it is installed with this one. The PATH is not
// searched: in a script it begins with node_modules/.bin, where any dependency may
// have a command of that name.
func findPeersProgram() (string, error) {
	if self, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(self); err == nil {
			self = real
		}
		beside := filepath.Join(filepath.Dir(self), peersProgram)
		if runtime.GOOS == "windows" {
			beside += ".exe"
		}
		if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
			return beside, nil
		}
	}
	return "", &hintError{
		err:  errNoPeers,
		hint: "it comes with ipnpm and belongs beside it; without it use a Kubo daemon or a gateway (--ipfs, --ipfs-gateway)",
	}
}

// badPeer says how an address is written that is none; nil stays nil.
func badPeer(where string, err error) error {
	if err == nil || errors.Is(err, errNoPeers) {
		return err
	}
	return &hintError{
		err:  fmt.Errorf("%s: %w", where, err),
		hint: "write an address as `ipnpm serve` prints it: /ip4/10.0.0.2/tcp/4801/p2p/12D3…",
	}
}

type withoutPeersKey struct{}

// withoutPeers keeps what is asked under the context from peers.
func withoutPeers(ctx context.Context) context.Context {
	return context.WithValue(ctx, withoutPeersKey{}, true)
}

// Blocks implements ipfsstore.Source.
func (p peerSource) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	if ctx.Value(withoutPeersKey{}) != nil {
		return nil
	}
	return p.Peers.Blocks(ctx, cids, yield)
}

// usePeers adds peers to the sources, as the last of them, where
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

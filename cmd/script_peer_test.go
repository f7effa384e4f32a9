package cmd

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/ipfsstore/node"
	"github.com/ipnpm/ipnpm/ipfsstore/peering"
)

// peerCommand is "peer lie|forge": a peer that has what the script's user has
// now, its address in $LIAR. With lie it changes a byte of every block, with
// forge one of IPNS records.
func peerCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: peer lie|forge")
	}
	w := worldOf(ts)
	store, err := ipfsstore.Open(ipfsstore.Options{Dir: filepath.Join(ts.Getenv("HOME"), ".local", "share", "ipnpm")})
	ts.Check(err)
	stranger, err := ipfsstore.Open(ipfsstore.Options{Dir: w.t.TempDir()})
	ts.Check(err)
	key, err := stranger.Identity()
	ts.Check(errors.Join(err, stranger.Close()))
	server, err := node.Serve(&lyingPeer{store, args[0]}, peering.ServerOptions{Key: key, Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	ts.Check(err)
	w.t.Cleanup(func() { _ = server.Close() })
	w.t.Cleanup(func() { _ = store.Close() })
	ts.Setenv("LIAR", strings.Join(server.Addrs(), ","))
}

type lyingPeer struct {
	*ipfsstore.Store
	mode string
}

// Held implements [node.Holdings]: the block has the bytes of another.
func (p *lyingPeer) Held(ctx context.Context, c cid.Cid) (blocks.Block, error) {
	b, err := p.Store.Held(ctx, c)
	if err != nil || p.mode != "lie" {
		return b, err
	}
	return blocks.NewBlockWithCid(flipped(b.RawData()), c)
}

// HeldRecord implements [node.Holdings].
func (p *lyingPeer) HeldRecord(name ipns.Name) (ipfsstore.Record, error) {
	rec, err := p.Store.HeldRecord(name)
	if err == nil && p.mode == "forge" {
		rec.Bytes = flipped(rec.Bytes)
	}
	return rec, err
}

func flipped(data []byte) []byte {
	out := append([]byte(nil), data...)
	out[len(out)/2] ^= 1
	return out
}

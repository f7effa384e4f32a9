package node

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/internal/kubotest"
	"github.com/ipnpm/ipnpm/ipfsstore"
)

// TestKubo fetches from a real Kubo by bitswap, and has it fetch from us.
func TestKubo(t *testing.T) {
	kubo := kubotest.Start(t, kubotest.Options{Online: true})
	ours := openStore(t)
	server := serve(t, ours)
	kubo.Run(t, nil, "swarm", "connect", server.Addrs()[0])

	theirs := bytes.Repeat([]byte("Kubo's "), 400_000)
	root := strings.TrimSpace(kubo.Run(t, theirs, "add", "--quieter", "--cid-version=1", "--chunker=size-1048576"))
	c, err := cid.Decode(root)
	if err != nil {
		t.Fatal(err)
	}
	store := openStore(t, peersAt(t, []string{kubo.Swarm()}))
	if got, err := store.File(t.Context(), ipfsstore.Ref{CID: c}); err != nil || !bytes.Equal(got, theirs) {
		t.Errorf("from Kubo: %d bytes, %v", len(got), err)
	}

	data := []byte("ours")
	c, err = ours.Import(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	if got := kubo.Run(t, nil, "block", "get", c.String()); got != string(data) {
		t.Errorf("Kubo got %q", got)
	}

	// What Kubo does not have it says at once, so that nothing waits for it.
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	absent := rawBlock([]byte("nobody has this"))
	err = peersAt(t, []string{kubo.Swarm()}).Blocks(ctx, []cid.Cid{absent.Cid()}, func(blocks.Block) error {
		t.Error("an absent block came")
		return nil
	})
	if err != nil {
		t.Errorf("an absent block: %v", err)
	}
}

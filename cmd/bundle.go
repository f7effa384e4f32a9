package cmd

import (
	"context"
	"sync"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/bundle"
	"github.com/ipnpm/ipnpm/registry"
)

func newBundleCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "bundle",
		GroupID: "project",
		Short:   "Carry a project's packages across an air gap, in one file",
		Long: `A bundle is one CAR file with all that a machine without a network needs for a
project: the tarballs of the lockfile, the lockfile, the part of each registry's
index that leads to them, and the signed IPNS records. It is a UnixFS directory
as well, which any IPFS tool imports.`,
		Example: `  ipnpm bundle create -o app.car
  ipnpm bundle import app.car
  ipnpm install --offline`,
	}
	c.AddCommand(newBundleCreateCmd(a), newBundleImportCmd(a))
	return grouped(c)
}

// notingBlocks passes an index's blocks on and notes which they were.
type notingBlocks struct {
	from  registry.Blocks
	mu    sync.Mutex
	noted map[cid.Cid]int // sizes
}

// Blocks implements registry.Blocks.
func (n *notingBlocks) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	return n.from.Blocks(ctx, cids, func(b blocks.Block) error {
		n.mu.Lock()
		n.noted[b.Cid()] = len(b.RawData())
		n.mu.Unlock()
		return yield(b)
	})
}

// PutBlocks implements registry.Blocks.
func (n *notingBlocks) PutBlocks(ctx context.Context, bs []blocks.Block) error {
	return n.from.PutBlocks(ctx, bs)
}

func (n *notingBlocks) list() []bundle.IndexBlock {
	out := make([]bundle.IndexBlock, 0, len(n.noted))
	for c, size := range n.noted {
		out = append(out, bundle.IndexBlock{CID: c, Size: size})
	}
	return out
}

package ipfsstore

import (
	"bytes"
	"context"
	"fmt"

	chunk "github.com/ipfs/boxo/chunker"
	"github.com/ipfs/boxo/ipld/unixfs/importer/balanced"
	"github.com/ipfs/boxo/ipld/unixfs/importer/helpers"
	uio "github.com/ipfs/boxo/ipld/unixfs/io"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
)

// chunkSize is the profile's: a file up to it is one raw block.
const chunkSize = 1 << 20

// ImportLayout cuts a file into blocks under the profile unixfs-v1-2025
// (IPIP-499: CIDv1, sha2-256, raw leaves, chunks of 1 MiB, balanced, 1024
// links a node) and returns the root and all blocks, children first, the root
// last. Kubo's `add` under that profile gives the same root. Nothing is
// stored. The blocks of a file up to 1 MiB share data's memory.
func ImportLayout(data []byte) (cid.Cid, []blocks.Block, error) {
	if len(data) <= chunkSize {
		return importRaw(data)
	}
	profile := uio.UnixFS_v1_2025
	collected := &collector{}
	params := helpers.DagBuilderParams{
		Maxlinks:   profile.FileDAGWidth,
		RawLeaves:  profile.RawLeaves,
		CidBuilder: profile.CidBuilder(),
		Dagserv:    collected,
	}
	builder, err := params.New(chunk.NewSizeSplitter(bytes.NewReader(data), profile.ChunkSize))
	if err != nil {
		return cid.Undef, nil, fmt.Errorf("importing file: %w", err)
	}
	root, err := balanced.Layout(builder)
	if err != nil {
		return cid.Undef, nil, fmt.Errorf("importing file: %w", err)
	}
	return root.Cid(), collected.blocks, nil
}

// importRaw is the path of nearly every tarball and leaves the builder out.
func importRaw(data []byte) (cid.Cid, []blocks.Block, error) {
	c := rawCID(data)
	b, err := blocks.NewBlockWithCid(data, c)
	if err != nil {
		return cid.Undef, nil, err
	}
	return c, []blocks.Block{b}, nil
}

// collector is the sink of the dag builder, which only adds.
type collector struct {
	ipld.DAGService
	blocks []blocks.Block
}

// Add keeps the node's block.
func (c *collector) Add(_ context.Context, n ipld.Node) error {
	c.blocks = append(c.blocks, n)
	return nil
}

// AddMany keeps the nodes' blocks.
func (c *collector) AddMany(ctx context.Context, nodes []ipld.Node) error {
	for _, n := range nodes {
		if err := c.Add(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

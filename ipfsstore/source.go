package ipfsstore

import (
	"context"

	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// Source is a place that blocks and IPNS records come from. It need not verify
// anything: the store does. All methods are safe for concurrent use.
type Source interface {
	// Name tells people which one it is ("Kubo at 127.0.0.1:5001").
	Name() string
	// Blocks hands over those of the blocks that the source has, in any
	// order, each under the CID that it was asked by; yield may be called
	// concurrently and must not be called after Blocks has returned. A block
	// that the source does not have is passed over in silence. An error means
	// that the source could not be asked to the end; yield's error is
	// returned as it is.
	Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error
	// Record returns the newest IPNS record of the name as bytes, an error
	// that wraps [ErrNotFound] when the source has none.
	Record(ctx context.Context, name ipns.Name) ([]byte, error)
}

// LocalSource is a [Source] that may be asked under [Options.Offline], since
// it answers without a network.
type LocalSource interface {
	Source
	// Local tells whether answering takes no network.
	Local() bool
}

// RecordPutter is a [Source] that also takes records, see [Store.Publish].
type RecordPutter interface {
	Source
	// PutRecord makes the source serve the signed record under the name.
	PutRecord(ctx context.Context, name ipns.Name, record []byte) error
}

// fileSource is a [Source] whose blocks are files on this machine, never written
// to again. The store links to them instead of writing their bytes once more.
type fileSource interface {
	file(c cid.Cid) string
}

// Crowd is a [Source] of many peers. It verifies for itself, since it must know
// which of them lied.
type Crowd interface {
	Source
	// RecordFrom is Record, and tells whose answer it is.
	RecordFrom(ctx context.Context, name ipns.Name) (record []byte, from string, err error)
	// Liars lists the peers that were dropped, with what they did.
	Liars() []*SourceError
}

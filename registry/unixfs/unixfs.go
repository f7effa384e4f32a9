// Package unixfs reads, edits and lays out UnixFS directories and small files
// as blocks, for an index of many thousand names.
//
// It exists beside boxo's own implementation for three reasons. Lookups here
// are batched: any number of paths walk down their directories together, and
// each round asks for all blocks of one level at once, so that 1,000 names out
// of 50,000 cost a handful of round trips. Edits are batched too: a set of
// entries descends the trie once, and only the nodes on its way are rewritten.
// And it needs no network code: blocks come from a Source and go back to the
// caller as a list.
//
// What it writes is the profile unixfs-v1-2025 (IPIP-0499): CIDv1, sha2-256,
// raw leaves, chunks of 1 MiB, 1024 links a file node, and directories that
// turn into a HAMT of fanout 256 when their one block would be longer than
// 256 KiB. The result depends on the entries only, not on the order or the
// history of edits; tests hold it equal to boxo's and to Kubo's.
//
// What it reads is hostile: node sizes, depths, fan-outs and totals are
// bounded, every entry of a HAMT must be where its hash says, and entries of a
// plain directory must be sorted. See https://specs.ipfs.tech/unixfs/ for the
// formats.
package unixfs

import (
	"context"
	"errors"
	"fmt"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// Source brings blocks, verified against their CIDs.
type Source interface {
	// Blocks yields each of the distinct cids once, in any order. When some
	// cannot be had it yields the others and returns an error.
	Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error
}

// Link is an entry of a directory.
type Link struct {
	Name string
	CID  cid.Cid
	// Size is the Tsize: the bytes of all blocks below, as the writer counted
	// them. Nothing checks it.
	Size uint64
}

// FormatError says that a block is not what the format allows, and which.
type FormatError struct {
	CID    cid.Cid
	Reason string
}

func (e *FormatError) Error() string { return fmt.Sprintf("block %s: %s", e.CID, e.Reason) }

// MissingError says that a block could not be had.
type MissingError struct {
	CID cid.Cid
	Err error
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("block %s could not be had: %v", e.CID, e.Err)
}

// Unwrap returns why.
func (e *MissingError) Unwrap() error { return e.Err }

// The profile's constants.
const (
	chunkSize      = 1 << 20
	fileLinks      = 1024
	fanout         = 256
	maxPlainBlock  = 256 << 10
	maxNode        = 4 << 20 // no directory or file node is longer
	maxFanout      = 1024
	hashMurmur3    = 0x22
	codecRaw       = 0x55
	codecDagPB     = 0x70
	hashSHA256     = 0x12
	hashSHA256Size = 32
)

var errMalformed = errors.New("malformed protobuf")

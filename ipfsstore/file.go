package ipfsstore

import (
	"context"
	"errors"
	"fmt"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/ipnpm/ipnpm/tarball"
)

// MaxFile is the size in bytes of the largest file that [Store.File] brings
// when the Ref does not say a size.
const MaxFile = 2 << 30

// File brings a whole file: from the local disk, else from the sources,
// verified against its CID block by block and against its integrity as a
// whole. What sources brought is on the disk afterwards, and in the digest
// table. An alias CID is looked up in the digest table first and asked for as
// a block of its own otherwise.
//
// The errors: *[UnavailableError] when no source has it, *[IntegrityError]
// when CID and integrity disagree, *[FileError] when the CID is no file.
func (s *Store) File(ctx context.Context, ref Ref) ([]byte, error) {
	if !ref.CID.Defined() {
		c, err := CIDOfIntegrity(ref.Integrity)
		if err != nil {
			return nil, fmt.Errorf("%s: neither CID nor usable integrity: %w", ref.label(), err)
		}
		ref.CID = c
	}
	if isAlias(ref.CID) {
		return s.aliasFile(ctx, ref)
	}
	data, fetched, err := s.readFile(ctx, ref)
	if err != nil {
		return nil, err
	}
	if err := checkIntegrity(ref, data); err != nil {
		return nil, err
	}
	if fetched && ref.Integrity != "" {
		err = s.rememberFile(ref, data)
	}
	return data, err
}

// HasFile tells whether all blocks of a file are on the local disk. Of a file
// of several it reads the nodes above the bytes; what is there is verified when
// it is read.
func (s *Store) HasFile(c cid.Cid) bool {
	level := []cid.Cid{c}
	for depth := 0; len(level) > 0 && depth <= maxDepth; depth++ {
		var next []cid.Cid
		for _, c := range level {
			if c.Prefix().Codec == cid.Raw && s.Has(c) {
				continue
			}
			data, err := s.disk.get(c)
			if err != nil {
				return false
			}
			b, err := blocks.NewBlockWithCid(data, c)
			if err != nil {
				return false
			}
			links, err := linksOf(b)
			if err != nil || len(next)+len(links) > maxNodes {
				return false
			}
			next = append(next, links...)
		}
		level = next
	}
	return len(level) == 0
}

// rememberFile files verified bytes under the hash that is theirs.
func (s *Store) rememberFile(ref Ref, data []byte) error {
	key := ref.Integrity
	if _, err := digestKey(key); err != nil {
		key = tarball.Sum512(data)
	}
	return s.Remember(key, ref.CID, int64(len(data)))
}

// aliasFile serves a raw sha2-512 CID by the file it is known to stand for,
// and by itself when that file is unknown or nowhere to be had.
func (s *Store) aliasFile(ctx context.Context, ref Ref) ([]byte, error) {
	if target, ok := s.aliasTarget(ref.CID); ok {
		known := ref
		known.CID = target
		if known.Integrity == "" {
			known.Integrity, _ = integrityOfAlias(ref.CID)
		}
		data, err := s.File(ctx, known)
		var none *UnavailableError
		if err == nil || !errors.As(err, &none) {
			return data, err
		}
	}
	return s.fetchAlias(ctx, ref)
}

// fetchAlias asks for the block under its alias. What comes is filed once
// more as UnixFS, so that it is found under either CID.
func (s *Store) fetchAlias(ctx context.Context, ref Ref) ([]byte, error) {
	data, _, err := s.readFile(ctx, ref)
	if err != nil {
		return nil, err
	}
	if err := checkIntegrity(ref, data); err != nil {
		return nil, err
	}
	root, err := s.Import(ctx, data)
	if err != nil {
		return nil, err
	}
	integrity, err := integrityOfAlias(ref.CID)
	if err != nil {
		return nil, err
	}
	return data, s.Remember(integrity, root, int64(len(data)))
}

func checkIntegrity(ref Ref, data []byte) error {
	if ref.Integrity == "" {
		return nil
	}
	in, err := tarball.ParseIntegrity(ref.Integrity)
	if err == nil {
		err = in.Verify(data)
	}
	if err != nil {
		return &IntegrityError{Ref: ref, Err: err}
	}
	return nil
}

// readFile brings the bytes of ref.CID; fetched tells whether a source was
// needed for any of them.
func (s *Store) readFile(ctx context.Context, ref Ref) (data []byte, fetched bool, err error) {
	limit := int64(MaxFile)
	if ref.Size > 0 {
		limit = ref.Size
	}
	if ref.CID.Prefix().Codec == cid.Raw {
		data, fetched, err = s.readRaw(ctx, ref.CID)
	} else {
		data, fetched, err = s.readDAG(ctx, ref.CID, limit)
	}
	var none *UnavailableError
	if errors.As(err, &none) {
		none.Ref = ref
		return nil, false, none
	}
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", ref.label(), err)
	}
	if ref.Size > 0 && int64(len(data)) != ref.Size {
		return nil, false, &FileError{CID: ref.CID, Msg: fmt.Sprintf("has %d bytes, not %d", len(data), ref.Size)}
	}
	return data, fetched, nil
}

// readRaw is readDAG for a file of one raw block, which is not copied.
func (s *Store) readRaw(ctx context.Context, c cid.Cid) (data []byte, fetched bool, err error) {
	fetched, err = s.blocks(ctx, []cid.Cid{c}, func(b blocks.Block) error {
		data = b.RawData()
		return nil
	})
	return data, fetched, err
}

package ipfsstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/crypto"
)

// What this machine holds, for those who hand it on. No source is asked: a
// machine that fetched what others ask of it would work for anybody.

// Held reads a block of the local disk, verified; [ErrNotFound] when it is not
// there. A tarball of one block is also found by its alias CID, see
// [CIDOfIntegrity]: it is the same bytes under another hash.
func (s *Store) Held(_ context.Context, c cid.Cid) (blocks.Block, error) {
	if checkCID(c) != nil {
		return nil, fmt.Errorf("block %s: %w", c, ErrNotFound)
	}
	data, err := s.disk.get(s.filedAs(c))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !hashesTo(c, data) {
		return nil, fmt.Errorf("block %s: %w", c, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("block %s: %w", c, err)
	}
	return blocks.NewBlockWithCid(data, c)
}

// HeldSize is the size of a block that [Store.Held] finds, without reading it.
func (s *Store) HeldSize(c cid.Cid) (int, bool) {
	if checkCID(c) != nil {
		return 0, false
	}
	info, err := os.Stat(s.disk.path(s.filedAs(c)))
	if err != nil || !info.Mode().IsRegular() || info.Size() > MaxBlock {
		return 0, false
	}
	return int(info.Size()), true
}

// filedAs is the CID that a block lies on the disk by: for an alias that of the
// file it stands for, where that is one block.
func (s *Store) filedAs(c cid.Cid) cid.Cid {
	if !isAlias(c) || s.disk.has(c) {
		return c
	}
	if target, ok := s.aliasTarget(c); ok && target.Prefix().Codec == cid.Raw {
		return target
	}
	return c
}

// HeldRecord is the newest record of a name that was seen here, as signed;
// [ErrNotFound] when there is none. It may have expired.
func (s *Store) HeldRecord(name ipns.Name) (Record, error) { return s.names.load(name) }

// Identity is the key that this machine shows to peers, as libp2p marshals it:
// made at the first call, and apart from [Store.Keys], since nothing is signed
// with it that outlives a connection.
func (s *Store) Identity() (crypto.PrivKey, error) {
	keys := &Keystore{dir: filepath.Join(s.dir, "identity")}
	key, err := keys.Key("node")
	if errors.Is(err, ErrNoKey) {
		if key, err = keys.Generate("node"); errors.Is(err, ErrKeyExists) {
			key, err = keys.Key("node") // another process was faster
		}
	}
	return key.priv, err
}

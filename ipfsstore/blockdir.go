package ipfsstore

import (
	"encoding/base32"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/internal/dirat"
)

const blockSuffix = ".data"

// blockDir is the blockstore on disk, safe for any number of processes: files
// appear by rename, whole, and two writers of one block write the same bytes.
type blockDir struct {
	root string
	// shard is how many characters before a name's last one are its folder's:
	// flatfs' next-to-last/N.
	shard int
}

const (
	// ownShard makes 32 folders. A thousand of them, as Kubo has, cost a first
	// install more than all that they bring, and 32 are enough for millions of
	// blocks on file systems that have indexes of their folders.
	ownShard  = 1
	kuboShard = 2
)

// base32Upper spells multihashes as Kubo's flatfs does.
func base32Upper() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }

// path of the block's file. The codec is not part of it: one content, one file.
func (d blockDir) path(c cid.Cid) string {
	key := base32Upper().EncodeToString(c.Hash())
	return filepath.Join(d.root, d.shardOf(key), key+blockSuffix)
}

func (d blockDir) shardOf(key string) string {
	if len(key) <= d.shard {
		return "__"
	}
	return key[len(key)-1-d.shard : len(key)-1]
}

// cidOf is the inverse of path's last element, as a raw CID.
func cidOf(file string) (cid.Cid, error) {
	key, ok := strings.CutSuffix(file, blockSuffix)
	if !ok {
		return cid.Undef, fmt.Errorf("%q is not a block's name", file)
	}
	hash, err := base32Upper().DecodeString(key)
	if err != nil {
		return cid.Undef, fmt.Errorf("%q is not a block's name: %w", file, err)
	}
	c := cid.NewCidV1(cid.Raw, hash)
	return c, checkCID(c)
}

// get reads and verifies a block. The error is fs.ErrNotExist when there is
// none, which includes one that fails its hash: that one is removed, so that
// the next put heals it.
func (d blockDir) get(c cid.Cid) ([]byte, error) {
	path := d.path(c)
	data, _, err := dirat.ReadFile(path, MaxBlock)
	if err != nil && !errors.Is(err, fs.ErrInvalid) {
		return nil, err
	}
	if err == nil && hashesTo(c, data) {
		return data, nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("removing damaged block: %w", err)
	}
	return nil, fmt.Errorf("block %s was damaged on disk and is removed: %w", c, fs.ErrNotExist)
}

// has tells whether the file is there; its content is checked by get.
func (d blockDir) has(c cid.Cid) bool {
	info, err := os.Stat(d.path(c))
	return err == nil && info.Mode().IsRegular()
}

// put writes a block that the caller has verified; one already there with the
// same size is left alone.
func (d blockDir) put(c cid.Cid, data []byte) error {
	if info, err := os.Stat(d.path(c)); err == nil && info.Size() == int64(len(data)) {
		return nil
	}
	return d.write(c, data)
}

// write is put of a block that was not there a moment ago.
func (d blockDir) write(c cid.Cid, data []byte) error {
	path := d.path(c)
	err := dirat.WithParent(path, func() error { return writeRename(path, data, false) })
	if err != nil {
		return fmt.Errorf("writing block %s: %w", c, err)
	}
	return nil
}

// adopt makes the block's file a further name of another store's file, which
// takes neither time nor space. It fails across file systems, and where the
// other file is another user's. What is in the file is verified by get, as ever.
func (d blockDir) adopt(c cid.Cid, file string) error {
	path := d.path(c)
	err := dirat.WithParent(path, func() error { return dirat.LinkFile(file, path) })
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

package ipfsstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ipfs/go-cid"
)

// tempAge is how old a temporary file must be to count as left behind by a
// process that was killed.
const tempAge = 24 * time.Hour

// VerifyReport is the outcome of [Store.Verify].
type VerifyReport struct {
	// Blocks and Bytes that were read and are good.
	Blocks int64
	Bytes  int64
	// Bad lists what did not hash to its name, and is removed by now.
	Bad []cid.Cid
}

// Verify hashes every block on the local disk again and removes the damaged
// ones; they are fetched anew when needed.
func (s *Store) Verify(ctx context.Context) (VerifyReport, error) {
	var report VerifyReport
	err := s.disk.walk(ctx, func(path string, c cid.Cid, _ fs.FileInfo) error {
		data, err := s.disk.get(c)
		switch {
		case err == nil:
			report.Blocks++
			report.Bytes += int64(len(data))
		case errors.Is(err, fs.ErrNotExist):
			report.Bad = append(report.Bad, c)
		default:
			return fmt.Errorf("reading %s: %w", path, err)
		}
		return nil
	})
	return report, err
}

// Size counts the blocks on the local disk and their bytes, by a walk.
func (s *Store) Size(ctx context.Context) (blocks, bytes int64, err error) {
	err = s.disk.walk(ctx, func(_ string, _ cid.Cid, info fs.FileInfo) error {
		blocks++
		bytes += info.Size()
		return nil
	})
	return blocks, bytes, err
}

// Clean removes from the local disk the blocks that keep does not want, and
// what killed processes left behind, and returns what it removed. The CIDs
// that keep sees are raw ones, since the disk does not know the codec: compare
// by c.Hash().
func (s *Store) Clean(ctx context.Context, keep func(cid.Cid) bool) (blocks, bytes int64, err error) {
	if err := s.disk.removeTemps(ctx, time.Now().Add(-tempAge)); err != nil {
		return 0, 0, err
	}
	err = s.disk.walk(ctx, func(path string, c cid.Cid, info fs.FileInfo) error {
		if keep(c) {
			return nil
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cleaning: %w", err)
		}
		blocks++
		bytes += info.Size()
		return nil
	})
	return blocks, bytes, err
}

// walk visits every file that has a block's name, shard by shard.
func (d blockDir) walk(ctx context.Context, visit func(path string, c cid.Cid, info fs.FileInfo) error) error {
	return d.files(ctx, func(path string, info fs.FileInfo) error {
		c, err := cidOf(filepath.Base(path))
		if err != nil {
			return nil //nolint:nilerr // a file of another name is not ours
		}
		return visit(path, c, info)
	})
}

// removeTemps removes temporary files from before the time.
func (d blockDir) removeTemps(ctx context.Context, before time.Time) error {
	return d.files(ctx, func(path string, info fs.FileInfo) error {
		if !strings.HasPrefix(filepath.Base(path), tempPrefix) || info.ModTime().After(before) {
			return nil
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("cleaning: %w", err)
		}
		return nil
	})
}

// files visits every regular file in the shards; what another process removes
// meanwhile is passed over.
func (d blockDir) files(ctx context.Context, visit func(path string, info fs.FileInfo) error) error {
	shards, err := readDir(d.root)
	if err != nil {
		return err
	}
	for _, shard := range shards {
		if !shard.IsDir() {
			continue
		}
		dir := filepath.Join(d.root, shard.Name())
		entries, err := readDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := ctx.Err(); err != nil {
				return err
			}
			info, err := e.Info()
			if err != nil || !info.Mode().IsRegular() {
				continue
			}
			if err := visit(filepath.Join(dir, e.Name()), info); err != nil {
				return err
			}
		}
	}
	return nil
}

func readDir(dir string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading local store: %w", err)
	}
	return entries, nil
}

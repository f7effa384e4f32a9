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

	"github.com/ipnpm/ipnpm/internal/dirat"
)

// stagePrefix marks the folder of a [Stage] in the store's.
const stagePrefix = "stage-"

// Stage is a store within a store, for what is to be looked at as a whole
// before any of it counts. It reads what it has itself and, for the rest, what
// the store around it has on its disk; it asks no source. What it is given
// stays its own until [Stage.Commit].
type Stage struct {
	*Store
	into *Store
}

// Stage makes an empty one, and removes those that killed processes left.
func (s *Store) Stage() (*Stage, error) {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, err
	}
	if err := s.removeStages(time.Now().Add(-tempAge)); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(s.dir, stagePrefix)
	if err != nil {
		return nil, err
	}
	inner, err := Open(Options{Dir: dir, Sources: []Source{ownDisk{&KuboRepoSource{path: s.dir, disk: s.disk}}}})
	if err != nil {
		return nil, err
	}
	return &Stage{Store: inner, into: s}, nil
}

// ownDisk lets a stage read the blocks around it.
type ownDisk struct{ *KuboRepoSource }

// Name is [OwnStore].
func (ownDisk) Name() string { return OwnStore }

func (s *Store) removeStages(before time.Time) error {
	entries, err := readDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !e.IsDir() || !strings.HasPrefix(e.Name(), stagePrefix) || info.ModTime().After(before) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(s.dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// Staged lists the blocks that the stage has itself, as raw CIDs.
func (s *Stage) Staged(ctx context.Context) ([]cid.Cid, error) {
	var out []cid.Cid
	err := s.disk.walk(ctx, func(_ string, c cid.Cid, _ fs.FileInfo) error {
		out = append(out, c)
		return nil
	})
	return out, err
}

// Around tells whether the store around the stage has the block.
func (s *Stage) Around(c cid.Cid) bool { return s.into.disk.has(c) }

// Commit moves the blocks into the store around, and ends the stage. One that
// is there already is replaced: the staged one is known to be good.
func (s *Stage) Commit(ctx context.Context) error {
	err := s.disk.walk(ctx, func(path string, c cid.Cid, _ fs.FileInfo) error {
		to := s.into.disk.path(c)
		err := dirat.WithParent(to, func() error { return os.Rename(path, to) })
		if err != nil {
			return fmt.Errorf("moving block %s: %w", c, err)
		}
		return nil
	})
	return errors.Join(err, s.Discard())
}

// Discard ends the stage with all that is in it. After a Commit it does nothing.
func (s *Stage) Discard() error { return errors.Join(s.Close(), os.RemoveAll(s.dir)) }

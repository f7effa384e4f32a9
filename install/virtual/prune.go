package virtual

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Prune removes the entries that the links of no registered project lead to,
// near or far, and what crashes left. It waits until no install is at work,
// and returns the keys that it removed.
func (s *Store) Prune(ctx context.Context) (removed []string, err error) {
	if _, err := os.Lstat(s.entries); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	release, err := s.alone(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := s.removeDrafts(); err != nil {
		return nil, err
	}
	g, err := s.readGraph(ctx)
	if err != nil {
		return nil, err
	}
	folders, err := s.registered()
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, folder := range folders {
		found, err := links(filepath.Join(folder, "node_modules"))
		if err != nil {
			return nil, err
		}
		for to := range maps.Values(found) {
			g.mark(s.keyOf(to), used)
		}
	}
	var unused []string
	for key := range g.needs {
		if !used[key] {
			unused = append(unused, key)
		}
	}
	return s.removeAll(ctx, g, unused)
}

// Remove takes entries out of the store, and all that lead to them, since no
// entry is there without what it leads to. It waits until no install is at
// work, and returns the keys that it removed.
func (s *Store) Remove(ctx context.Context, keys []string) (removed []string, err error) {
	if len(keys) == 0 {
		return nil, nil
	}
	release, err := s.alone(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	g, err := s.readGraph(ctx)
	if err != nil {
		return nil, err
	}
	return s.removeAll(ctx, g, keys)
}

// graph is which entry leads to which, as the links on the disk have it.
type graph struct {
	needs, neededBy map[string][]string
}

func (s *Store) readGraph(ctx context.Context) (*graph, error) {
	keys, err := s.Keys()
	if err != nil {
		return nil, err
	}
	g := &graph{needs: make(map[string][]string, len(keys)), neededBy: map[string][]string{}}
	for _, key := range keys {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		g.needs[key] = nil
		found, err := s.linksOf(key)
		if err != nil {
			return nil, err
		}
		for to := range maps.Values(found) {
			if need := s.keyOf(to); need != "" && need != key {
				g.needs[key] = append(g.needs[key], need)
				g.neededBy[need] = append(g.neededBy[need], key)
			}
		}
	}
	return g, nil
}

// mark adds an entry and all that it leads to.
func (g *graph) mark(key string, used map[string]bool) {
	if key == "" || used[key] {
		return
	}
	used[key] = true
	for _, need := range g.needs[key] {
		g.mark(need, used)
	}
}

// removeAll deletes entries, each after those that lead to it, so that none is
// ever there in part, whenever this ends.
func (s *Store) removeAll(ctx context.Context, g *graph, keys []string) (removed []string, err error) {
	gone := map[string]bool{}
	var take func(key string) error
	take = func(key string) error {
		if gone[key] {
			return nil
		}
		gone[key] = true
		for _, by := range g.neededBy[key] {
			if err := take(by); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		removed = append(removed, key)
		return s.remove(key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if err := take(key); err != nil {
			return removed, err
		}
	}
	slices.Sort(removed)
	return removed, nil
}

// remove deletes an entry, which ceases to be one before the first file goes.
func (s *Store) remove(key string) error {
	aside := s.Path(draftPrefix + key)
	if err := os.Rename(s.Path(key), aside); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return os.RemoveAll(aside)
}

// removeDrafts deletes what crashes left. Nobody else is in the store.
func (s *Store) removeDrafts() error {
	all, err := os.ReadDir(s.entries)
	if err != nil {
		return err
	}
	for _, e := range all {
		if strings.HasPrefix(e.Name(), draftPrefix) {
			if err := os.RemoveAll(s.Path(e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// keyOf is the entry that an absolute path is in, "" for none.
func (s *Store) keyOf(path string) string {
	rest, ok := strings.CutPrefix(path, s.entries+string(filepath.Separator))
	if !ok {
		return ""
	}
	key, _, _ := strings.Cut(rest, string(filepath.Separator))
	return key
}

package virtual

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Keys lists the entries, in order.
func (s *Store) Keys() ([]string, error) {
	all, err := os.ReadDir(s.entries)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var keys []string
	for _, e := range all {
		if !strings.HasPrefix(e.Name(), draftPrefix) {
			keys = append(keys, e.Name())
		}
	}
	return keys, nil
}

// Listed maps the listings of an entry's packages to the folders that they
// list.
func (s *Store) Listed(key string) (map[string]string, error) {
	found := map[string]string{}
	dirs, err := s.memberDirs(key)
	if err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		folder, err := ownFolder(filepath.Join(dir, "node_modules"))
		if err != nil {
			return nil, err
		}
		found[filepath.Join(dir, ListingName)] = folder
	}
	return found, nil
}

// memberDirs are the folders in an entry that hold a node_modules each.
func (s *Store) memberDirs(key string) ([]string, error) {
	dir := s.Path(key)
	if _, err := os.Lstat(filepath.Join(dir, "node_modules")); err == nil {
		return []string{dir}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	dirs := make([]string, 0, len(entries))
	for _, e := range entries {
		dirs = append(dirs, filepath.Join(dir, e.Name()))
	}
	return dirs, nil
}

// ownFolder finds the one package in a node_modules folder that is no link.
func ownFolder(modules string) (string, error) {
	entries, err := os.ReadDir(modules)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		switch dir := filepath.Join(modules, e.Name()); {
		case !e.IsDir() || e.Name() == ".bin":
		case e.Name()[0] == '@':
			if scoped, err := ownFolder(dir); err == nil {
				return scoped, nil
			}
		default:
			return dir, nil
		}
	}
	return "", &fs.PathError{Op: "find the package in", Path: modules, Err: fs.ErrNotExist}
}

// linksOf collects the links of an entry: those beside its packages, and
// those that were put into a package for what is bundled in it.
func (s *Store) linksOf(key string) (map[string]string, error) {
	all := map[string]string{}
	err := filepath.WalkDir(s.Path(key), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() || e.Name() != "node_modules" {
			return err
		}
		found, err := links(path)
		for at, to := range found {
			all[at] = to
		}
		return err
	})
	return all, err
}

// Dangling lists the links of an entry that lead to where the store has
// nothing.
func (s *Store) Dangling(key string) ([]string, error) {
	all, err := s.linksOf(key)
	var out []string
	for at, to := range all {
		if s.keyOf(to) == "" {
			continue // to a project's folder, which is the project's to keep
		}
		if _, err := os.Stat(at); err != nil {
			out = append(out, at)
		}
	}
	return out, err
}

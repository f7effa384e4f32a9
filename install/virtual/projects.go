package virtual

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// The users of the store are the folders that hold a node_modules with links
// into it: a project, each of its workspaces. Each is noted as a symbolic link
// to it, which is made in one step and needs no reading of a file.

func (s *Store) users() string { return filepath.Join(s.dir, "projects") }

// Register notes folders, absolute, so that what their links lead to is not
// pruned while the links are there.
func (s *Store) Register(folders []string) error {
	for _, folder := range folders {
		sum := sha256.Sum256([]byte(folder))
		at := filepath.Join(s.users(), keyEncoding.EncodeToString(sum[:16]))
		if have, err := os.Readlink(at); err == nil && have == folder {
			continue
		}
		if err := symlink(folder, at); err != nil {
			return err
		}
	}
	return nil
}

// registered lists the folders that are still there, and forgets the others.
func (s *Store) registered() ([]string, error) {
	noted, err := links(s.users())
	if err != nil {
		return nil, err
	}
	var folders []string
	for at, folder := range noted {
		_, err := os.Lstat(filepath.Join(folder, "node_modules"))
		switch {
		case err == nil:
			folders = append(folders, folder)
		case errors.Is(err, fs.ErrNotExist):
			if err := os.Remove(at); err != nil {
				return nil, err
			}
		default:
			// It may be there for its owner.
			return nil, err
		}
	}
	slices.Sort(folders)
	return folders, nil
}

// links maps the symbolic links in a folder, and in the scope folders in it, to
// what they lead to. A folder that is not there has none.
func links(dir string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, e := range entries {
		at := filepath.Join(dir, e.Name())
		switch {
		case e.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(at)
			if err != nil {
				return nil, err
			}
			if !filepath.IsAbs(to) {
				to = filepath.Join(dir, to)
			}
			found[at] = to
		case e.IsDir() && e.Name()[0] == '@':
			scoped, err := links(at)
			if err != nil {
				return nil, err
			}
			for at, to := range scoped {
				found[at] = to
			}
		}
	}
	return found, nil
}

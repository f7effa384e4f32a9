package install

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// trashPrefix begins the names of the folders, one in each node_modules of a
// project folder, that hold what was renamed aside.
const trashPrefix = ".ipnpm-trash-"

// trash keeps what an install takes away until it has succeeded. Removing by
// rename takes no time and can be undone; and names of freed inodes, which
// make the next files slow on ext4 (design.md §9), come last.
type trash struct {
	root string
	dirs map[string]string // base -> its trash folder's path
	n    int
	// moved are the renames, in order.
	moved []move
	// made are the paths that were placed.
	made []string
}

type move struct{ from, to string }

func newTrash(root string) *trash {
	return &trash{root: root, dirs: map[string]string{}}
}

// take renames a location aside and returns where it is now, "" when there
// was nothing.
func (t *trash) take(loc string) (string, error) {
	dir, err := t.dir(baseOf(loc))
	if err != nil {
		return "", err
	}
	t.n++
	m := move{from: diskPath(t.root, loc), to: filepath.Join(dir, strconv.Itoa(t.n))}
	err = os.Rename(m.from, m.to)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	t.moved = append(t.moved, m)
	return m.to, nil
}

// baseOf is the project folder that a location is in.
func baseOf(loc string) string {
	base, _, _ := strings.Cut("/"+loc, "/"+modules+"/")
	return strings.TrimPrefix(base, "/")
}

// dir returns the trash folder of a project folder, made on first use.
func (t *trash) dir(base string) (string, error) {
	if dir, ok := t.dirs[base]; ok {
		return dir, nil
	}
	dir, err := os.MkdirTemp(diskPath(t.root, joinLoc(base, modules)), trashPrefix)
	if err != nil {
		return "", err
	}
	t.dirs[base] = dir
	return dir, nil
}

// restore undoes everything, last first: what was placed goes, what was in the
// trash comes back. It goes on after a failure.
func (t *trash) restore() error {
	var errs []error
	replaced := make(map[string]bool, len(t.moved))
	for _, m := range t.moved {
		replaced[m.from] = true
	}
	for _, path := range t.made {
		if replaced[path] {
			continue // it may hold packages of the old one, which go back before it goes
		}
		errs = append(errs, os.RemoveAll(path))
	}
	for i := len(t.moved) - 1; i >= 0; i-- {
		m := t.moved[i]
		if exists(m.from) {
			errs = append(errs, os.RemoveAll(m.from))
		}
		if err := os.MkdirAll(filepath.Dir(m.from), 0o755); err != nil {
			errs = append(errs, err)
		}
		errs = append(errs, os.Rename(m.to, m.from))
	}
	t.moved, t.made = nil, nil
	return errors.Join(errs...)
}

// empty deletes what was taken. What cannot be deleted is left to the next
// install ([findLitter]).
func (t *trash) empty() {
	for _, dir := range t.dirs {
		_ = os.RemoveAll(dir)
	}
}

// removeLitter deletes what killed installs left in the node_modules of the
// project folders. The caller holds the project's lock.
func removeLitter(root string, bases []string) {
	for _, base := range bases {
		dir := diskPath(root, joinLoc(base, modules))
		if !isDir(dir) {
			continue
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), trashPrefix) && e.IsDir() {
				_ = os.RemoveAll(filepath.Join(dir, e.Name()))
			}
		}
	}
}

// removeEmptyFolders removes the scope folders, and nested node_modules, that
// removals emptied, now or in a killed run. A folder that is not empty stays.
func removeEmptyFolders(root string, p *plan) {
	for _, dir := range p.empty {
		_ = os.Remove(diskPath(root, dir))
		if up := path.Dir(dir); path.Base(up) == modules {
			_ = os.Remove(diskPath(root, up))
		}
	}
	for _, loc := range p.remove {
		pl, inModules, err := parsePlace(loc)
		if err != nil || !inModules {
			continue
		}
		if scope := scopeDir(pl); scope != "" {
			_ = os.Remove(diskPath(root, scope))
		}
		if pl.depth > 1 {
			_ = os.Remove(diskPath(root, pl.dir))
		}
	}
}

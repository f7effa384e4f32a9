package install

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ipnpm/ipnpm/lockfile"
)

// jitter is how much older than a folder npm's hidden lockfile may be.
const jitter = 10 * time.Millisecond

// PlacedLock is what node_modules says that it holds: npm's hidden lockfile, nil
// when there is none that npm would believe. It must list exactly the packages
// that are there, and nothing there may have changed since it was written. It
// has no entry for the project itself.
func PlacedLock(root string) *lockfile.Lockfile {
	file := diskPath(root, modules+"/"+hiddenLock)
	info, err := os.Lstat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxHiddenLock {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	lock, err := lockfile.ImportPackageLock(data)
	if err != nil {
		return nil
	}
	c := placedCheck{root: root, lock: lock, written: info.ModTime().Add(jitter), seen: map[string]bool{"": true}}
	if !c.unchanged(modules) || !c.modules(modules) {
		return nil
	}
	for location := range lock.Packages {
		if !c.seen[location] {
			return nil
		}
	}
	return lock
}

// placedCheck compares a hidden lockfile with the folders.
type placedCheck struct {
	root    string
	lock    *lockfile.Lockfile
	written time.Time
	seen    map[string]bool
}

// unchanged says that a folder is not newer than the lockfile.
func (c *placedCheck) unchanged(location string) bool {
	info, err := os.Stat(diskPath(c.root, location))
	return err == nil && !info.ModTime().After(c.written)
}

// modules checks all that is in a node_modules or scope folder, if it is there.
func (c *placedCheck) modules(dir string) bool {
	entries, err := os.ReadDir(diskPath(c.root, dir))
	if err != nil {
		return os.IsNotExist(err)
	}
	for _, e := range entries {
		location := dir + "/" + e.Name()
		holds := true
		switch {
		case e.Type()&fs.ModeSymlink != 0:
			holds = c.link(location)
		case !e.IsDir() || e.Name()[0] == '.':
		case e.Name()[0] == '@':
			holds = c.unchanged(location) && c.modules(location)
		default:
			holds = c.folder(location)
		}
		if !holds {
			return false
		}
	}
	return true
}

// folder checks a package and what is nested in it.
func (c *placedCheck) folder(location string) bool {
	c.seen[location] = true
	return c.lock.Packages[location] != nil && c.unchanged(location) && c.modules(joinLoc(location, modules))
}

// link checks what a link leads to, once.
func (c *placedCheck) link(location string) bool {
	c.seen[location] = true
	to, err := os.Readlink(diskPath(c.root, location))
	if err != nil {
		return false
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(filepath.Dir(diskPath(c.root, location)), to)
	}
	rel, err := filepath.Rel(c.root, to)
	if err != nil {
		return false
	}
	target := filepath.ToSlash(rel)
	if target == "." {
		target = "" // the project itself
	}
	return c.seen[target] || !isDir(to) || c.folder(target)
}

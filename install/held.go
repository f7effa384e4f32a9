package install

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/ipnpm/ipnpm/internal/dirat"
	"github.com/ipnpm/ipnpm/manifest"
)

// In the linked layout a package's files are wanted in one place, its entry of
// the virtual store, and to extract them into the unpacked store and link them
// from there would make every folder and name twice. So they are held: what is
// extracted stays in the temporary folder that it was extracted into, which no
// other process knows of, until the entry claims that folder for its draft. What
// nobody claims, such as a version that the resolver looked at and left, is
// settled: it gets its name in the unpacked store, as without holding.

// Hold has what is extracted from now on held, until [Unpacked.Settle].
func (u *Unpacked) Hold() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.holding = true
	if u.held == nil {
		u.held, u.claimed = map[string]unpackedFolder{}, map[string]bool{}
	}
}

// holds says whether what is extracted now is to be held.
func (u *Unpacked) holds() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.holding
}

// unpackedFolder is one that has a listing, and the files of a package in its tree, a
// slash path, or flat beside the listing where that is empty.
type unpackedFolder struct{ dir, tree string }

// treeOf is where the files of a package of that name are held: where an entry of the
// virtual store has them, so that they need not be moved: to move a thousand is a
// fiftieth of an install. A name that is no path, or none, has to be moved.
func treeOf(name string) string {
	if manifest.ValidateName(name) != nil {
		return treeName
	}
	return joinLoc(modules, name)
}

// makeTree makes the tree's folders.
func (f unpackedFolder) makeTree() error {
	if f.tree == "" {
		return nil
	}
	for i := range f.tree {
		if f.tree[i] == '/' {
			if err := dirat.Mkdir(f.path(f.tree[:i]), 0o755); err != nil {
				return err
			}
		}
	}
	return dirat.Mkdir(f.path(f.tree), 0o755)
}

func (f unpackedFolder) path(tree string) string {
	return filepath.Join(f.dir, filepath.FromSlash(tree))
}

// clear moves the files to where the unpacked store has them.
func (f unpackedFolder) clear() error {
	if f.tree == "" || f.tree == treeName {
		return nil
	}
	if err := os.Rename(f.path(f.tree), f.path(treeName)); err != nil {
		return err
	}
	return os.RemoveAll(f.path(modules))
}

// hold keeps a key's folder for this process, if that is wanted.
func (u *Unpacked) hold(key string, folder unpackedFolder) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.holding {
		return false
	}
	u.held[key] = folder
	return true
}

// claim hands over the folder of a held key, for a package of that name. It is false
// when the key is not held, or held for a package of another name.
func (u *Unpacked) claim(key, name string) (folder unpackedFolder, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	folder, ok = u.held[key]
	ok = ok && (folder.tree == treeName || folder.tree == treeOf(name))
	if ok {
		u.claimed[key] = true
		delete(u.held, key)
		delete(u.known, key)
		delete(u.checked, key)
	}
	return folder, ok
}

// settle gives a held key its name in the store, and returns its contents as
// they are then. A key that is not held stays as it is.
func (u *Unpacked) settle(key string) (*Contents, error) {
	u.settling.Lock()
	defer u.settling.Unlock()
	u.mu.Lock()
	folder, held := u.held[key]
	u.mu.Unlock()
	if !held {
		return u.open(key)
	}
	err := u.publish(folder, key)
	u.mu.Lock()
	delete(u.held, key)
	delete(u.known, key)
	u.mu.Unlock()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder.dir))
	}
	return u.open(key)
}

// Settle ends the holding, and settles what nobody has claimed.
func (u *Unpacked) Settle() error {
	u.mu.Lock()
	u.holding = false
	keys := slices.Collect(maps.Keys(u.held))
	u.mu.Unlock()
	var errs []error
	for _, key := range keys {
		_, err := u.settle(key)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

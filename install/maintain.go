package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ipnpm/ipnpm/internal/dirat"
)

// staleAfter is the age from which a temporary folder is a crash's.
const staleAfter = time.Hour

// Keys lists the complete keys of the store.
func (u *Unpacked) Keys() ([]string, error) {
	entries, err := os.ReadDir(u.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var keys []string
	for _, e := range entries {
		if validKey(e.Name()) == nil {
			keys = append(keys, e.Name())
		}
	}
	return keys, nil
}

// Remove deletes a key. Projects keep their links to its files.
func (u *Unpacked) Remove(key string) error {
	if err := validKey(key); err != nil {
		return err
	}
	return u.discard(key)
}

// discard takes a key out of the store, in one step for other processes.
func (u *Unpacked) discard(key string) error {
	if err := validKey(key); err != nil {
		return err
	}
	u.forget(key)
	tmp, err := os.MkdirTemp(u.dir, "tmp-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	err = os.Rename(u.folder(key), filepath.Join(tmp, key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// discardDamaged discards a key whose contents were found damaged, unless somebody
// has meanwhile, and it is another's by now.
func (u *Unpacked) discardDamaged(key string, c *Contents) error {
	u.mending.Lock()
	defer u.mending.Unlock()
	if u.opened(key) != c {
		return nil
	}
	return u.discard(key)
}

// Clean removes what crashes left behind.
func (u *Unpacked) Clean() error {
	entries, err := os.ReadDir(u.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var errs []error
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !strings.HasPrefix(e.Name(), "tmp-") || time.Since(info.ModTime()) < staleAfter {
			continue
		}
		errs = append(errs, os.RemoveAll(filepath.Join(u.dir, e.Name())))
	}
	return errors.Join(errs...)
}

// Damage is a file of the store that is not as it was extracted.
type Damage struct {
	Key, Path string
	// Problem is "missing", "another size" or "written to later".
	Problem string
}

// Verify compares every file with its listing, by size and by time: a file
// that was written to after its listing was edited through some project's
// node_modules. The keys of damaged packages are to be removed; the next
// install extracts them anew.
func (u *Unpacked) Verify(ctx context.Context) ([]Damage, error) {
	keys, err := u.Keys()
	if err != nil {
		return nil, err
	}
	var found []Damage
	for _, key := range keys {
		if ctx.Err() != nil {
			return found, context.Cause(ctx)
		}
		damage, err := u.verifyKey(key)
		if err != nil {
			return found, fmt.Errorf("%s: %w", key, err)
		}
		found = append(found, damage...)
	}
	return found, nil
}

func (u *Unpacked) verifyKey(key string) ([]Damage, error) {
	u.forget(key)
	c, err := u.open(key)
	if errors.Is(err, fs.ErrNotExist) {
		return []Damage{{key, listingName, "missing"}}, nil
	}
	if err != nil {
		return nil, err
	}
	return damageOf(key, c)
}

// damageOf looks at every file of contents whose listing was read.
func damageOf(key string, c *Contents) (found []Damage, err error) {
	dir, err := dirat.Open(c.Root)
	if err != nil {
		return []Damage{{key, treeName, "missing"}}, nil //nolint:nilerr // that is the damage
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	for i := range c.Files {
		f := &c.Files[i]
		if problem := c.problemOf(dir, f); problem != "" {
			found = append(found, Damage{key, f.Path, problem})
		}
	}
	return found, nil
}

// problemOf looks at a file in the folder that they are in; see [Damage].
func (c *Contents) problemOf(dir *dirat.Dir, f *File) string {
	st, err := dir.Stat(c.stored(f))
	switch {
	case err != nil || !st.Regular:
		return "missing"
	case st.Size != f.Size:
		return "another size"
	case st.Modified.After(c.listed):
		return "written to later"
	}
	return ""
}

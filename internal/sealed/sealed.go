// Package sealed keeps pieces of data of some hundred kilobytes that are worth having
// again and can be made anew: each in a file of its own that begins with the digest of
// the rest, the newest so many of them. Nothing is synced, which would take longer than
// what is saved by most of them; what a power cut, a full disk or a hand made of one is
// found out when it is read, and counts as nothing.
package sealed

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/internal/par"
)

// Folder is a folder of such files. It is safe for concurrent use, by several
// processes too: a file appears whole.
type Folder struct {
	// Dir is where it is. It is made when it is first needed.
	Dir string
	// Most is how many files are kept.
	Most int
}

// Get reads what was put under a name; false where there is nothing, or nothing whole.
func (f Folder) Get(name string) ([]byte, bool) {
	data, whole := f.Look(name)
	return data, whole()
}

// Look is Get for who begins to take the data apart while its digest is computed, and
// believes nothing of it before whole says that it is.
func (f Folder) Look(name string) (data []byte, whole func() bool) {
	data, err := os.ReadFile(filepath.Join(f.Dir, name))
	if err != nil {
		return nil, func() bool { return false }
	}
	seal, data, _ := bytes.Cut(data, []byte("\n"))
	return data, par.Ahead(func() bool { return string(seal) == sealOf(data) })
}

// Put keeps data under a name, in the place of what was there, and lets the oldest go
// where there are many. The name is a file's, and does not begin with a dot.
func (f Folder) Put(name string, data []byte) error {
	if err := os.MkdirAll(f.Dir, 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(f.Dir, ".tmp-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(slices.Concat([]byte(sealOf(data)), []byte("\n"), data))
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(f.Dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return f.forget()
}

// forget removes the oldest files, and with them what a killed process left.
func (f Folder) forget() error {
	entries, err := os.ReadDir(f.Dir)
	if err != nil || len(entries) <= f.Most {
		return err
	}
	files := make([]fs.FileInfo, 0, len(entries))
	for _, e := range entries {
		if info, err := e.Info(); err == nil { // another process may have removed it
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), strings.Compare(a.Name(), b.Name()))
	})
	for _, info := range files[min(f.Most, len(files)):] {
		if err := os.Remove(filepath.Join(f.Dir, info.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func sealOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

package install

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/internal/dirat"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/tarball"
)

// extract writes a tarball into a temporary folder and renames it to its key.
func (u *Unpacked) extract(ctx context.Context, key string, t Tarball) (*Contents, error) {
	select {
	case u.slots <- struct{}{}:
		defer func() { <-u.slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	tmp, err := dirat.MkdirTemp(u.dir, "tmp-")
	if err != nil {
		return nil, explain(err)
	}
	made := unpackedFolder{dir: tmp}
	if u.holds() {
		made.tree = treeOf(t.Name)
	}
	c, err := fill(ctx, made, t)
	if err == nil && made.tree != "" && u.hold(key, made) {
		return c, nil
	}
	if err == nil {
		c.within(u.folder(key))
		err = u.publish(made, key)
	}
	if err != nil {
		return nil, errors.Join(explain(err), os.RemoveAll(tmp))
	}
	return c, nil
}

// fill makes the complete content of a key's folder.
func fill(ctx context.Context, in unpackedFolder, t Tarball) (*Contents, error) {
	if err := in.makeTree(); err != nil {
		return nil, err
	}
	c := (&Contents{Integrity: tarball.Verified512(t.Integrity, t.Data), flat: in.tree == ""}).under(in.dir, in.tree)
	manner := tarball.Extraction{Limits: tarball.DefaultLimits(), Flat: c.flat, Keep: "package.json", KeepSize: manifest.MaxSize}
	entries, packageJSON, err := manner.Into(ctx, t.Data, c.Root)
	if err != nil {
		return nil, err
	}
	c.Files = make([]File, 0, len(entries))
	for i, e := range entries {
		f := File{Path: e.Path, Size: e.Size, Exec: e.Mode&0o111 != 0}
		if c.flat {
			f.lieFlat(i)
		}
		c.Files = append(c.Files, f)
	}
	c.sort()
	c.Dirs = dirsOf(c.Files)
	if err := c.markBins(packageJSON); err != nil {
		return nil, err
	}
	return c, dirat.WriteFile(c.listing(), c.encode(), 0o644)
}

// markBins makes the package's commands executable here, once, so that no
// project has to change the mode of a file that it shares with others.
func (c *Contents) markBins(packageJSON []byte) error {
	if !mayHaveBins(packageJSON) {
		return nil
	}
	m, err := manifest.Parse(packageJSON)
	if err != nil {
		return nil //nolint:nilerr // Whoever needs its bins will say so.
	}
	bins := m.Bins()
	dir := strings.TrimPrefix(m.Directories.Bin, "./")
	for i := range c.Files {
		f := &c.Files[i]
		if f.Exec || !isBin(f.Path, bins) && (dir == "" || !strings.HasPrefix(f.Path, dir+"/")) {
			continue
		}
		if err := makeExecutable(c.path(f)); err != nil {
			return err
		}
		f.Exec = true
	}
	return nil
}

// mayHaveBins spares most packages the parsing: "bin" stands in the text of all
// that have commands, at the top or in "directories", unless a letter of it is
// escaped, which takes a \u.
func mayHaveBins(packageJSON []byte) bool {
	return bytes.Contains(packageJSON, []byte(`"bin"`)) || bytes.Contains(packageJSON, []byte(`\u`))
}

func isBin(file string, bins map[string]string) bool {
	for _, target := range bins {
		if strings.TrimPrefix(target, "./") == file {
			return true
		}
	}
	return false
}

// makeExecutable sets the execute bits where there are read bits, which
// respects the umask that the file was made with.
func makeExecutable(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	mode := info.Mode().Perm()
	return os.Chmod(file, mode|mode&0o444>>2)
}

// publish renames a finished folder to its key. When another process was
// first, its result, which is the same, is used; what is there without being
// complete is damaged, and makes way.
func (u *Unpacked) publish(made unpackedFolder, key string) error {
	if err := made.clear(); err != nil {
		return err
	}
	tmp, final := made.dir, u.folder(key)
	for range 3 {
		err := dirat.Rename(tmp, final)
		if err == nil {
			return nil
		}
		if !errors.Is(err, fs.ErrExist) && !isDir(final) {
			return err
		}
		if u.Has(key) {
			return os.RemoveAll(tmp)
		}
		aside, err := os.MkdirTemp(u.dir, "tmp-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(aside)
		if err := os.Rename(final, filepath.Join(aside, "damaged")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return &fs.PathError{Op: "rename", Path: final, Err: fs.ErrExist}
}

func isDir(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir()
}

package install

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/tarball"
)

// extract writes a tarball into a temporary folder and renames it to its key.
func (u *Unpacked) extract(ctx context.Context, key string, data []byte) error {
	select {
	case u.slots <- struct{}{}:
		defer func() { <-u.slots }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	final := u.folder(key)
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return explain(err)
	}
	tmp, err := os.MkdirTemp(u.dir, "tmp-")
	if err != nil {
		return explain(err)
	}
	defer os.RemoveAll(tmp)
	if err := fill(ctx, tmp, data); err != nil {
		return explain(err)
	}
	return explain(u.publish(tmp, final, key))
}

// fill makes the complete content of a key's folder.
func fill(ctx context.Context, tmp string, data []byte) error {
	root := filepath.Join(tmp, "package")
	// MkdirTemp's 0700 would keep other users of a shared store out.
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(root, 0o755); err != nil {
		return err
	}
	entries, err := tarball.Extract(ctx, data, root, tarball.DefaultLimits())
	if err != nil {
		return err
	}
	c := &Contents{Root: root, Integrity: tarball.Sum512(data), Files: make([]File, 0, len(entries))}
	for _, e := range entries {
		c.Files = append(c.Files, File{Path: e.Path, Size: e.Size, Exec: e.Mode&0o111 != 0})
	}
	c.sort()
	if err := c.markBins(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(tmp, "contents"), c.encode(), 0o644)
}

// markBins makes the package's commands executable here, once, so that no
// project has to change the mode of a file that it shares with others.
func (c *Contents) markBins() error {
	data, err := os.ReadFile(filepath.Join(c.Root, "package.json"))
	if err != nil {
		return nil //nolint:nilerr // A package without one has no bins.
	}
	m, err := manifest.Parse(data)
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
		if err := makeExecutable(filepath.Join(c.Root, filepath.FromSlash(f.Path))); err != nil {
			return err
		}
		f.Exec = true
	}
	return nil
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
// first, its result is used; what is there without being complete is damaged,
// and makes way.
func (u *Unpacked) publish(tmp, final, key string) error {
	for range 3 {
		err := os.Rename(tmp, final)
		if err == nil {
			return nil
		}
		if !errors.Is(err, fs.ErrExist) && !isDir(final) {
			return err
		}
		if u.Has(key) {
			return nil
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

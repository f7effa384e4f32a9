package patch

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/ipnpm/ipnpm/tarball"
)

// maxUnpacked bounds the files of a package that is patched, in bytes: they are
// in memory all at once.
const maxUnpacked = 512 << 20

// Files are a package's, by path.
type Files map[string]tarball.File

// ReadTarball reads all files of a tarball that has been verified.
func ReadTarball(data []byte) (Files, error) {
	limits := tarball.DefaultLimits()
	limits.Unpacked = maxUnpacked
	files := Files{}
	err := tarball.Walk(data, limits, func(e tarball.Entry, body io.Reader) error {
		text := make([]byte, e.Size)
		if _, err := io.ReadFull(body, text); err != nil {
			return err
		}
		files[e.Path] = tarball.File{Path: e.Path, Mode: e.Mode, Data: text}
		return nil
	})
	return files, err
}

// ReadFolder reads the package in a folder, as Diff compares it: regular files,
// without node_modules and .git.
func ReadFolder(dir string) (files Files, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	files, total := Files{}, int64(0)
	err = fs.WalkDir(root.FS(), ".", func(at string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (e.Name() == "node_modules" || e.Name() == ".git") {
			return fs.SkipDir
		}
		if !e.Type().IsRegular() {
			return nil
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if total += info.Size(); total > maxUnpacked {
			return &tarball.LimitError{What: "unpacked bytes", Max: maxUnpacked}
		}
		data, err := root.ReadFile(at)
		files[at] = tarball.File{Path: at, Mode: info.Mode(), Data: data}
		return err
	})
	return files, err
}

// Apply returns the files as the patch makes them. The error is an *Error.
func (p *Patch) Apply(files Files) (Files, error) {
	texts := make(map[string][]byte, len(files))
	for file, f := range files {
		texts[file] = f.Data
	}
	if err := p.apply(texts); err != nil {
		return nil, err
	}
	out := make(Files, len(texts))
	for file, text := range texts {
		mode := files[file].Mode
		if mode == 0 {
			mode = 0o644
		}
		out[file] = tarball.File{Path: file, Mode: mode, Data: text}
	}
	return out, nil
}

// Tarball makes the patched package of a tarball that has been verified: a tar
// archive without compression, whose bytes depend on nothing else. The error is
// an *Error, or of package tarball.
func (p *Patch) Tarball(data []byte) ([]byte, error) {
	files, err := ReadTarball(data)
	if err != nil {
		return nil, err
	}
	if files, err = p.Apply(files); err != nil {
		return nil, err
	}
	return tarball.Archive(slices.Collect(maps.Values(files)))
}

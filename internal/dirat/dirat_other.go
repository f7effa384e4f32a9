//go:build !unix

package dirat

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Dir is a folder. Its methods may be called concurrently.
type Dir struct{ path string }

// Open opens a folder, which must be closed.
func Open(path string) (*Dir, error) {
	info, err := os.Lstat(path)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: path, Err: fs.ErrInvalid}
	}
	return &Dir{path}, err
}

// Close closes the folder.
func (d *Dir) Close() error { return nil }

// Mkdir makes a folder.
func (d *Dir) Mkdir(name string, perm fs.FileMode) error { return os.Mkdir(d.Path(name), perm) }

// Remove removes a file.
func (d *Dir) Remove(name string) error { return os.Remove(d.Path(name)) }

// Stat is what there is to know of a file, or of a link itself.
func (d *Dir) Stat(name string) (Stat, error) {
	info, err := os.Lstat(d.Path(name))
	if err != nil {
		return Stat{}, err
	}
	return statOf(info), nil
}

func statOf(info fs.FileInfo) Stat {
	return Stat{Size: info.Size(), Regular: info.Mode().IsRegular(), Modified: info.ModTime()}
}

// Link makes to/name a further name of from/old.
func Link(from *Dir, old string, to *Dir, name string) error {
	return os.Link(from.Path(old), to.Path(name))
}

// File is a new file being written. It is not safe for concurrent use.
type File struct{ *os.File }

// Create makes a file, which must not be there, for writing.
func (d *Dir) Create(name string, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(d.Path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	return File{f}, err
}

// Path is the whole path of a name below the folder.
func (d *Dir) Path(name string) string { return filepath.Join(d.path, filepath.FromSlash(name)) }

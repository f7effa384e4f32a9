//go:build !unix

package dirat

import (
	"io/fs"
	"os"
)

// ReadFile reads a regular file of at most limit bytes; a larger one is
// fs.ErrInvalid.
func ReadFile(path string, limit int64) ([]byte, Stat, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, Stat{}, err
	}
	stat := statOf(info)
	if !stat.Regular || stat.Size > limit {
		return nil, Stat{}, &fs.PathError{Op: "read", Path: path, Err: fs.ErrInvalid}
	}
	data, err := os.ReadFile(path)
	return data, stat, err
}

// here is the process's folder.
func here() *Dir { return &Dir{} }

// Rename moves a file, or a folder, also onto an empty one.
func Rename(from, to string) error {
	if info, err := os.Lstat(to); err == nil && info.IsDir() {
		if err := os.Remove(to); err != nil {
			return err
		}
	}
	return os.Rename(from, to)
}

// Symlink makes a symbolic link at path.
func Symlink(target, path string) error { return os.Symlink(target, path) }

// Rmdir removes an empty folder.
func Rmdir(path string) error { return os.Remove(path) }

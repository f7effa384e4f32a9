//go:build !unix

package dirat

import (
	"io/fs"
	"os"
)

// ReadFile reads a regular file of at most limit bytes; a larger one is
// fs.ErrInvalid.
func ReadFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fs.ErrInvalid}
	}
	return os.ReadFile(path)
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

// Rmdir removes an empty folder.
func Rmdir(path string) error { return os.Remove(path) }

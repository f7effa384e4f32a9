//go:build !unix

package dirat

import (
	"errors"
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

// WriteFile makes a file, which must not be there, and writes it.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

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

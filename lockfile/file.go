package lockfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Read parses the lockfile of the project in dir. The error wraps
// fs.ErrNotExist when there is none, and names the file in any case.
func Read(dir string) (*Lockfile, error) {
	path := filepath.Join(dir, FileName)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	l, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// Write encodes the lockfile into the project in dir, whole or not at all,
// whatever interrupts it. The mode of an existing file stays; an existing file
// with the same bytes is not touched; a symbolic link is written through.
func (l *Lockfile) Write(dir string) error {
	data, err := l.Encode()
	if err != nil {
		return fmt.Errorf("%s: %w", FileName, err)
	}
	path := filepath.Join(dir, FileName)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	mode := fs.FileMode(0o644)
	old, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(old, data):
		return nil
	case err == nil:
		if info, err := os.Stat(path); err == nil {
			mode = info.Mode().Perm()
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return replace(path, data, mode)
}

// replace writes a temporary file beside path and renames it.
func replace(path string, data []byte, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	// Without it, a crash could leave the new name with no content.
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

package lockfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ipnpm/ipnpm/internal/atomicfile"
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

// Write encodes the lockfile into the project in dir, see [WriteEncoded].
func (l *Lockfile) Write(dir string) error {
	data, err := l.Encode()
	if err != nil {
		return fmt.Errorf("%s: %w", FileName, err)
	}
	return WriteEncoded(dir, data)
}

// WriteEncoded makes the bytes that [Lockfile.Encode] returned the lockfile of
// the project in dir, whole or not at all, whatever interrupts it. The mode of
// an existing file stays; an existing file with the same bytes is not touched; a
// symbolic link is written through.
func WriteEncoded(dir string, data []byte) error {
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
	return atomicfile.Write(path, data, mode)
}

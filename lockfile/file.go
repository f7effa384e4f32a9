package lockfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/internal/atomicfile"
)

// Read parses the lockfile of the project in dir. The error wraps
// fs.ErrNotExist when there is none, and names the file in any case.
func Read(dir string) (*Lockfile, error) {
	path := filepath.Join(dir, FileName)
	text, err := readText(path, maxFile+1)
	if err != nil {
		return nil, err
	}
	l, err := parseFile(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// readText reads so many bytes of a file, if it has them, into what all strings of a
// lockfile are parts of.
func readText(path string, most int64) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.Grow(int(min(info.Size(), most)))
	_, err = io.Copy(&text, io.LimitReader(f, most))
	return text.String(), err
}

// Write encodes the lockfile into the project in dir, see [Stage].
func (l *Lockfile) Write(dir string) error {
	data, err := l.Encode()
	if err != nil {
		return fmt.Errorf("%s: %w", FileName, err)
	}
	settle, err := Stage(dir, data)
	if err != nil {
		return err
	}
	return settle()
}

// Stage makes the bytes that [Lockfile.Encode] returned the lockfile of the project
// in dir, whole or not at all, whatever interrupts it: it writes them beside it, and
// what it returns puts them in its place. The mode of an existing file stays; an
// existing file with the same bytes is not touched; a symbolic link is written
// through.
func Stage(dir string, data []byte) (settle func() error, err error) {
	path := filepath.Join(dir, FileName)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return atomicfile.Stage(path, data, 0o644)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, &fs.PathError{Op: "write", Path: path, Err: errors.New("is a folder")}
	case info.Size() == int64(len(data)):
		old, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if bytes.Equal(old, data) {
			return func() error { return nil }, nil
		}
	}
	return atomicfile.Stage(path, data, info.Mode().Perm())
}

package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ipnpm/ipnpm/internal/atomicfile"
)

// File is a package.json that can be changed. What is not changed keeps every
// byte: order, indent, line ends, byte order mark, the end of the file.
type File struct {
	Path string
	// Manifest is what the text says now; it follows Set and Remove.
	Manifest *Manifest
	// Warnings are those of [ParseProject].
	Warnings []Warning

	data  []byte
	saved []byte // what is on disk
	mode  fs.FileMode
}

// Load reads and checks the package.json at path. The error wraps
// ErrNotFound when there is none, is a *SyntaxError or a *FieldError, or the
// system's.
func Load(path string) (*File, error) {
	data, mode, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("reading package.json: %w", err)
	}
	m, warnings, err := ParseProject(data, path)
	if err != nil {
		return nil, err
	}
	return &File{Path: path, Manifest: m, Warnings: warnings, data: data, saved: data, mode: mode}, nil
}

// New makes a File for a path where nothing is yet: an empty object, which
// Save writes.
func New(path string) *File {
	return &File{Path: path, Manifest: new(Manifest), data: []byte("{}\n"), mode: 0o644}
}

// ReadFolder reads the package.json of a folder, whatever it says: for those who
// look at what is installed, where half of a manifest, or none, will do. One that
// is larger than [MaxSize] is not read to its end.
func ReadFolder(dir string) ([]byte, error) {
	path := filepath.Join(dir, "package.json")
	data, _, err := read(path)
	if err == nil && len(data) > MaxSize {
		return nil, tooLarge(path)
	}
	return data, err
}

func tooLarge(path string) error {
	return fmt.Errorf("%s is larger than %d bytes", orPackageJSON(path), MaxSize)
}

func read(path string) ([]byte, fs.FileMode, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	return data, info.Mode().Perm(), err
}

// Bytes returns the text. The caller must not change it.
func (f *File) Bytes() []byte { return f.data }

// Changed reports whether the text differs from what Load read or Save wrote.
func (f *File) Changed() bool { return string(f.data) != string(f.saved) }

// Current is a *ChangedError when the file no longer holds what Load read or
// Save wrote. One that went meanwhile has changed too. What New made stands for
// whatever is there: two that make one file, as two exec of one package do, are
// not in each other's way.
func (f *File) Current() error {
	if f.saved == nil {
		return nil
	}
	data, _, err := read(f.Path)
	switch {
	case err == nil && string(data) == string(f.saved):
		return nil
	case err == nil, errors.Is(err, fs.ErrNotExist):
		return &ChangedError{Path: f.Path}
	}
	return fmt.Errorf("reading package.json: %w", err)
}

// Save writes the text back if it changed, atomically: a temporary file
// beside the old one takes its place, with its mode. A symbolic link stays one.
func (f *File) Save() error {
	if !f.Changed() {
		return nil
	}
	target := f.Path
	if resolved, err := filepath.EvalSymlinks(target); err == nil {
		target = resolved
	}
	if err := atomicfile.Write(target, f.data, f.mode); err != nil {
		return fmt.Errorf("writing %s: %w", f.Path, err)
	}
	f.saved = f.data
	return nil
}

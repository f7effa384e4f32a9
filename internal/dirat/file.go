package dirat

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// WriteFile makes a file, which must not be there, and writes it.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	f, err := here().Create(path, perm)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// Mkdir makes a folder.
func Mkdir(path string, perm fs.FileMode) error { return here().Mkdir(path, perm) }

// LinkFile makes to a further name of the file from.
func LinkFile(from, to string) error { return Link(here(), from, here(), to) }

// NeverLinks says, of an error of [Link] or [LinkFile], that links from there to
// here never work: another device, a file system without links, files of another
// owner.
func NeverLinks(err error) bool {
	for _, code := range []error{syscall.EXDEV, syscall.EPERM, syscall.EACCES, errors.ErrUnsupported} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

// WithParent calls do, which makes something at path, and once more after making
// the folder that it is in, when that was missing: of many in one folder only
// the first pays for it.
func WithParent(path string, do func() error) error {
	err := do()
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
			err = do()
		}
	}
	return err
}

// MkdirTemp makes a folder of a new name below dir, which is made too where it
// is missing. The mode follows the umask: os.MkdirTemp's 0700 would keep other
// users of a shared store out.
func MkdirTemp(dir, prefix string) (string, error) {
	for {
		temp := filepath.Join(dir, prefix+strconv.FormatUint(rand.Uint64(), 36))
		err := WithParent(temp, func() error { return Mkdir(temp, 0o755) })
		if !errors.Is(err, fs.ErrExist) {
			return temp, err
		}
	}
}

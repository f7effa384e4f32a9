//go:build unix

package dirat

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// ReadFile reads a regular file of at most limit bytes; a larger one is
// fs.ErrInvalid.
func ReadFile(path string, limit int64) ([]byte, Stat, error) {
	fail := func(op string, err error) ([]byte, Stat, error) {
		return nil, Stat{}, &fs.PathError{Op: op, Path: path, Err: err}
	}
	fd := 0
	err := retry(func() (err error) {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		return err
	})
	if err != nil {
		return fail("open", err)
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fail("stat", err)
	}
	stat := statOf(&st)
	if !stat.Regular || st.Size > limit {
		return fail("read", fs.ErrInvalid)
	}
	data := make([]byte, st.Size)
	for have := 0; have < len(data); {
		n, err := unix.Read(fd, data[have:])
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fail("read", err)
		}
		if err == nil && n == 0 {
			return data[:have], stat, nil // it was cut short meanwhile
		}
		have += max(n, 0)
	}
	return data, stat, nil
}

// here is the process's folder: what is named absolutely needs no other.
func here() *Dir { return &Dir{fd: unix.AT_FDCWD, opened: time.Now()} }

// Rename is rename(2): unlike os.Rename it moves a folder onto an empty one.
func Rename(from, to string) error {
	if err := retry(func() error { return here().renameat(from, to) }); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// Symlink makes a symbolic link at path.
func Symlink(target, path string) error {
	if err := retry(func() error { return here().symlinkat(target, path) }); err != nil {
		return &os.LinkError{Op: "symlink", Old: target, New: path, Err: err}
	}
	return nil
}

// Rmdir removes an empty folder.
func Rmdir(path string) error {
	if err := retry(func() error { return unix.Rmdir(path) }); err != nil {
		return &fs.PathError{Op: "rmdir", Path: path, Err: err}
	}
	return nil
}

//go:build unix

package dirat

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Dir is an open folder. Its methods may be called concurrently.
type Dir struct {
	path string
	fd   int
	// opened is the beginning of its clock.
	opened time.Time
	// waits counts the calls in it that had to wait, see took on Linux.
	waits atomic.Int32
}

// Open opens a folder, which must be closed.
func Open(path string) (*Dir, error) {
	d := here()
	d.path = path
	return d, d.do("open", "", func() (err error) {
		d.fd, err = d.openat(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		return err
	})
}

// Close closes the folder.
func (d *Dir) Close() error { return d.fail("close", "", d.close(d.fd)) }

// Mkdir makes a folder.
func (d *Dir) Mkdir(name string, perm fs.FileMode) error {
	return d.do("mkdir", name, func() error { return d.mkdirat(name, uint32(perm.Perm())) })
}

// Remove removes a file.
func (d *Dir) Remove(name string) error {
	return d.do("remove", name, func() error { return unix.Unlinkat(d.fd, name, 0) })
}

// Stat is what there is to know of a file, or of a link itself.
func (d *Dir) Stat(name string) (Stat, error) {
	var st unix.Stat_t
	err := d.do("stat", name, func() error { return d.lstatat(name, &st) })
	return statOf(&st), err
}

func statOf(st *unix.Stat_t) Stat {
	return Stat{
		Size: st.Size, Regular: st.Mode&unix.S_IFMT == unix.S_IFREG,
		Modified: time.Unix(st.Mtim.Unix()),
	}
}

// Link makes to/name a further name of from/old.
func Link(from *Dir, old string, to *Dir, name string) error {
	err := retry(func() error { return from.linkat(old, to, name) })
	if err != nil {
		return &os.LinkError{Op: "link", Old: from.Path(old), New: to.Path(name), Err: err}
	}
	return nil
}

// File is a new file being written. It is not safe for concurrent use.
type File struct {
	dir  *Dir
	name string
	fd   int
}

// Create makes a file, which must not be there, for writing.
func (d *Dir) Create(name string, perm fs.FileMode) (File, error) {
	f := File{dir: d, name: name}
	return f, d.do("open", name, func() (err error) {
		f.fd, err = d.openat(name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, uint32(perm.Perm()))
		return err
	})
}

// Write implements io.Writer.
func (f File) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n := 0
		err := f.dir.do("write", f.name, func() (err error) {
			n, err = f.dir.write(f.fd, p[written:])
			return err
		})
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}

// Close ends the writing.
func (f File) Close() error { return f.dir.fail("close", f.name, f.dir.close(f.fd)) }

// Path is the whole path of a name below the folder, of the folder itself for "".
func (d *Dir) Path(name string) string { return filepath.Join(d.path, filepath.FromSlash(name)) }

func (d *Dir) do(op, name string, call func() error) error { return d.fail(op, name, retry(call)) }

func (d *Dir) fail(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: d.Path(name), Err: err}
}

// retry repeats a call that a signal interrupted, which file systems over a
// network allow.
func retry(call func() error) error {
	for {
		if err := call(); err == nil || !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

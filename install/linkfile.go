package install

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/ipnpm/ipnpm/internal/dirat"
)

// DefaultLinkers is how many packages are linked at once. Measured on a fresh
// ext4 with two cores: 48,000 links take .66 s with one linker, .53 with two,
// .45 with four and with eight.
const DefaultLinkers = 4

// linker brings files from the unpacked store into a project, by hard link
// where the file system allows, otherwise by clone or copy. It learns: after
// the first file that cannot be linked for a lasting reason, none is tried.
type linker struct {
	noLinks, noClones atomic.Bool
	// cloned and copied count files.
	cloned, copied atomic.Int64
}

// link makes the file in one folder the same as the stored one in the other, or
// else a copy of it.
func (l *linker) link(from *dirat.Dir, stored string, to *dirat.Dir, f *File) error {
	if l.noLinks.Load() {
		return l.copy(from, stored, to, f)
	}
	err := dirat.Link(from, stored, to, f.Path)
	if errors.Is(err, fs.ErrExist) {
		// A file that another package's tarball brought in its node_modules.
		if err = to.Remove(f.Path); err == nil {
			err = dirat.Link(from, stored, to, f.Path)
		}
	}
	switch {
	case err == nil:
		return nil
	case dirat.NeverLinks(err):
		l.noLinks.Store(true)
		return l.copy(from, stored, to, f)
	case errors.Is(err, syscall.EMLINK):
		return l.copy(from, stored, to, f) // This one file has too many names.
	}
	return err
}

// copy makes a file of its own with the stored one's content, sharing the
// blocks where the file system can (reflink).
func (l *linker) copy(from *dirat.Dir, stored string, to *dirat.Dir, f *File) (err error) {
	src, dst := from.Path(stored), to.Path(f.Path)
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	mode := fs.FileMode(0o644)
	if f.Exec {
		mode = 0o755
	}
	out, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		if err = os.Remove(dst); err == nil {
			out, err = os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		}
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if !l.noClones.Load() {
		if cloneFile(out, in) == nil {
			l.cloned.Add(1)
			return nil
		}
		l.noClones.Store(true)
	}
	_, err = io.Copy(out, in) // copy_file_range where there is one
	if err == nil {
		l.copied.Add(1)
	}
	return err
}

package tarball

import (
	"context"
	"strconv"

	"github.com/ipnpm/ipnpm/internal/dirat"
)

// Extract unpacks the tarball into dst, an existing and empty folder that
// nobody else writes to, and returns the files, each path once, in the order
// of their first appearance. Folders are made as files need them; empty ones
// of the archive are not. Errors are those of [Walk] and of the file system;
// after one dst holds a part of the package and should be thrown away.
func Extract(ctx context.Context, data []byte, dst string, limits Limits) ([]Entry, error) {
	entries, _, err := Extraction{Limits: limits}.Into(ctx, data, dst)
	return entries, err
}

// Extraction is how an archive is unpacked.
type Extraction struct {
	Limits Limits
	// Flat leaves the archive's folders away: the name of each file is the [FlatName]
	// of its index among the returned entries. What [Extract] would refuse for its
	// names is refused all the same.
	Flat bool
	// Keep is the path of a file whose content is wanted too, unless it has more than
	// KeepSize bytes.
	Keep     string
	KeepSize int64
}

// Into is [Extract], and returns the content to keep, nil where there is none.
func (x Extraction) Into(ctx context.Context, data []byte, dst string) (files []Entry, kept []byte, err error) {
	dir, err := dirat.Open(dst)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if closeErr := dir.Close(); err == nil {
			err = closeErr
		}
	}()
	run := extractor{Extraction: x, dst: dir, names: newNames()}
	if err := each(ctx, data, x.Limits, run.file); err != nil {
		return nil, nil, err
	}
	return run.entries, run.kept, nil
}

// flatFolder is how many files of a flat package are in one folder. File systems
// look through a small folder entry by entry, so that to make the hundredth file
// of one costs more than its share of another folder.
const flatFolder = 32

// FlatName is the slash path of a flat package's n-th file.
func FlatName(n int) string {
	if n < flatFolder {
		return strconv.Itoa(n)
	}
	return flatDir(n) + "/" + strconv.Itoa(n%flatFolder)
}

func flatDir(n int) string { return "and" + strconv.Itoa(n/flatFolder) }

// extractor writes files below dst. Containment needs no look at the disk:
// paths are checked lexically, and below dst there is nothing but the plain
// folders and files that the extractor made itself.
type extractor struct {
	Extraction

	dst     *dirat.Dir
	names   *names
	entries []Entry
	kept    []byte
}

func (x *extractor) file(e Entry, r *reader) error {
	number, dirs, err := x.names.add(e.Path, len(x.entries))
	if err != nil {
		return err
	}
	name, first := e.Path, number == len(x.entries)
	if x.Flat {
		name, dirs = FlatName(number), nil
		if first && number >= flatFolder && number%flatFolder == 0 {
			dirs = []string{flatDir(number)}
		}
	}
	for _, dir := range dirs {
		if err := x.dst.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	if first {
		x.entries = append(x.entries, e)
		return x.write(name, e, r)
	}
	// A name that the archive used before. The old file goes first, so that its
	// mode does not stay.
	if err := x.dst.Remove(name); err != nil {
		return err
	}
	x.entries[number] = e
	return x.write(name, e, r)
}

func (x *extractor) write(name string, e Entry, r *reader) (err error) {
	keeps := e.Path == x.Keep
	if keeps {
		x.kept = nil
	}
	f, err := x.dst.Create(name, e.Mode)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	for {
		b, err := r.chunk()
		if err != nil || b == nil {
			return err
		}
		if _, err := f.Write(b); err != nil {
			return err
		}
		if keeps && e.Size <= x.KeepSize {
			x.kept = append(x.kept, b...)
		}
	}
}

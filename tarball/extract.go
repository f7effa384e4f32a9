package tarball

import (
	"context"
	"io/fs"
	"strconv"

	"github.com/ipnpm/ipnpm/internal/dirat"
)

// Extract unpacks the tarball into dst, an existing and empty folder that
// nobody else writes to, and returns the files, each path once, in the order
// of their first appearance. Folders are made as files need them; empty ones
// of the archive are not. Errors are those of [Walk] and of the file system;
// after one dst holds a part of the package and should be thrown away.
func Extract(ctx context.Context, data []byte, dst string, limits Limits) ([]Entry, error) {
	return extract(ctx, data, dst, limits, false)
}

// ExtractFlat is Extract without the archive's folders: the name in dst of each
// file is the [FlatName] of its index among the returned entries. What Extract
// would refuse for its names is refused all the same.
func ExtractFlat(ctx context.Context, data []byte, dst string, limits Limits) ([]Entry, error) {
	return extract(ctx, data, dst, limits, true)
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

func extract(ctx context.Context, data []byte, dst string, limits Limits, flat bool) (files []Entry, err error) {
	dir, err := dirat.Open(dst)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := dir.Close(); err == nil {
			err = closeErr
		}
	}()
	x := extractor{dst: dir, names: newNames(), flat: flat}
	if err := each(ctx, data, limits, x.file); err != nil {
		return nil, err
	}
	return x.entries, nil
}

// extractor writes files below dst. Containment needs no look at the disk:
// paths are checked lexically, and below dst there is nothing but the plain
// folders and files that the extractor made itself.
type extractor struct {
	dst     *dirat.Dir
	names   *names
	entries []Entry
	flat    bool
}

func (x *extractor) file(e Entry, r *reader) error {
	number, dirs, err := x.names.add(e.Path, len(x.entries))
	if err != nil {
		return err
	}
	name, first := e.Path, number == len(x.entries)
	if x.flat {
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
		return x.write(name, e.Mode, r)
	}
	// A name that the archive used before. The old file goes first, so that its
	// mode does not stay.
	if err := x.dst.Remove(name); err != nil {
		return err
	}
	x.entries[number] = e
	return x.write(name, e.Mode, r)
}

func (x *extractor) write(name string, mode fs.FileMode, r *reader) (err error) {
	f, err := x.dst.Create(name, mode)
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
	}
}

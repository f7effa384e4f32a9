package tarball

import (
	"context"

	"github.com/ipnpm/ipnpm/internal/dirat"
)

// Extract unpacks the tarball into dst, an existing and empty folder that
// nobody else writes to, and returns the files, each path once, in the order
// of their first appearance. Folders are made as files need them; empty ones
// of the archive are not. Errors are those of [Walk] and of the file system;
// after one dst holds a part of the package and should be thrown away.
func Extract(ctx context.Context, data []byte, dst string, limits Limits) (files []Entry, err error) {
	dir, err := dirat.Open(dst)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := dir.Close(); err == nil {
			err = closeErr
		}
	}()
	x := extractor{dst: dir, names: newNames()}
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
}

func (x *extractor) file(e Entry, r *reader) error {
	number, dirs, err := x.names.add(e.Path, len(x.entries))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if err := x.dst.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	if number < len(x.entries) {
		return x.replace(number, e, r)
	}
	x.entries = append(x.entries, e)
	return x.write(e, r)
}

// replace writes a file whose name the archive used before. The old one goes
// first, so that its mode does not stay.
func (x *extractor) replace(number int, e Entry, r *reader) error {
	if err := x.dst.Remove(e.Path); err != nil {
		return err
	}
	x.entries[number] = e
	return x.write(e, r)
}

func (x *extractor) write(e Entry, r *reader) (err error) {
	f, err := x.dst.Create(e.Path, e.Mode)
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

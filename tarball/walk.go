package tarball

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Entry is one file of a package.
type Entry struct {
	// Path is slash-separated and relative to the package's folder; it never
	// leads out of it.
	Path string
	// Mode is 0644 or 0755.
	Mode fs.FileMode
	// Size is in bytes.
	Size int64
}

// ErrNoManifest says that a tarball has no package.json at its top.
var ErrNoManifest = errors.New("tarball has no package.json")

// maxManifest is the highest size in bytes of a package.json that is read.
const maxManifest = 16 << 20

// Walk calls fn for every regular file of the tarball in the archive's order,
// with the name and mode that it is unpacked with and a reader of its
// contents, valid during the call; fn need not read it to the end. A name may
// come twice, the later one counts. Errors are *[FormatError], *[PathError],
// *[LimitError], or what fn returned, which ends the walk.
func Walk(data []byte, limits Limits, fn func(Entry, io.Reader) error) error {
	return each(context.Background(), data, limits, func(e Entry, r *reader) error {
		return fn(e, r)
	})
}

// Manifest returns the bytes of the tarball's package.json. It wraps
// [ErrNoManifest] when there is none.
func Manifest(data []byte) ([]byte, error) {
	var found []byte
	err := Walk(data, Limits{}, func(e Entry, r io.Reader) error {
		if e.Path != "package.json" {
			return nil
		}
		if e.Size > maxManifest {
			return &LimitError{"bytes of package.json", maxManifest}
		}
		found = make([]byte, e.Size)
		if _, err := io.ReadFull(r, found); err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, ErrNoManifest
	}
	return found, nil
}

// each is Walk with the package's own reader.
func each(ctx context.Context, data []byte, limits Limits, fn func(Entry, *reader) error) error {
	limits = limits.orDefault()
	s, err := openStream(data, limits)
	if err != nil {
		return err
	}
	defer s.close()
	r := &reader{s: s}
	var ignores ignoreFiles
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		e, ok, err := h.entry(limits)
		if err != nil {
			return err
		}
		if !ok || !ignores.rename(&e) {
			continue
		}
		if err := fn(e, r); err != nil {
			return err
		}
	}
}

// entry says how the header's entry is unpacked; ok is false when it is not.
func (h *header) entry(limits Limits) (e Entry, ok bool, err error) {
	p, err := safePath(h.path, limits)
	if err != nil {
		return Entry{}, false, err
	}
	if h.kind == kindRefused {
		return Entry{}, false, &PathError{Path: h.path, Msg: "is a device or a FIFO"}
	}
	if h.kind == kindSkipped || p == "" {
		return Entry{}, false, nil
	}
	mode := fs.FileMode(0o644)
	if h.mode&0o111 != 0 {
		mode = 0o755
	}
	return Entry{Path: p, Mode: mode, Size: h.size}, true, nil
}

// ignoreFiles replicates what pacote does for packages packed by something
// else than npm: a .gitignore becomes .npmignore, unless its folder had one
// before.
type ignoreFiles struct {
	seen map[string]bool
}

// rename changes the entry's path where that applies; false drops the entry.
func (f *ignoreFiles) rename(e *Entry) bool {
	if !strings.HasSuffix(e.Path, "ignore") {
		return true
	}
	dir, base := path.Split(e.Path)
	switch base {
	case ".npmignore":
		if f.seen == nil {
			f.seen = make(map[string]bool)
		}
		f.seen[dir] = true
	case ".gitignore":
		if f.seen[dir] {
			return false
		}
		e.Path = dir + ".npmignore"
	}
	return true
}

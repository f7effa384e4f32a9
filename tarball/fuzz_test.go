package tarball

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// seeds are archives that reach the reader's corners.
func seeds(f *testing.F) [][]byte {
	f.Helper()
	return [][]byte{
		plain(f, item{name: "package/package.json", body: "{}"}, item{name: "package/bin/x", body: "x", mode: 0o755}),
		tgz(f, item{name: "package/a", body: "a"}, item{name: "package/a", body: "b"}),
		plain(f, item{name: "package/" + string(make([]byte, 0)) + "größe", body: "x"}, item{name: "p/l", flag: '2', link: "x"}),
		append(paxEntry("14 path=p/new\n"), rawHeader("p/old", '0', "0")...),
		append(tgz(f, item{name: "p/.gitignore"}), "rest"...),
		rawHeader("p/../x", 'L', "00000000010"),
	}
}

// small keeps fuzzing fast.
func small() Limits { return Limits{Unpacked: 1 << 20, Files: 100, Path: 200} }

// requireTyped fails for an error that is none of the documented types.
func requireTyped(t *testing.T, err error) {
	t.Helper()
	var format *FormatError
	var path *PathError
	var limit *LimitError
	if !errors.As(err, &format) && !errors.As(err, &path) && !errors.As(err, &limit) {
		t.Fatalf("untyped error %T: %v", err, err)
	}
}

func FuzzWalk(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		err := Walk(data, small(), func(e Entry, r io.Reader) error {
			if !fs.ValidPath(e.Path) || !filepath.IsLocal(filepath.FromSlash(e.Path)) {
				t.Fatalf("unsafe path %q", e.Path)
			}
			if e.Mode != 0o644 && e.Mode != 0o755 {
				t.Fatalf("mode %v", e.Mode)
			}
			n, err := io.Copy(io.Discard, r)
			if err == nil && n != e.Size {
				t.Fatalf("%d bytes for a size of %d", n, e.Size)
			}
			return err
		})
		if err != nil {
			requireTyped(t, err)
		}
	})
}

func FuzzExtract(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		parent := t.TempDir()
		dst := filepath.Join(parent, "dst")
		if err := os.Mkdir(dst, 0o755); err != nil {
			t.Fatal(err)
		}
		entries, err := Extract(t.Context(), data, dst, small())
		if left, _ := os.ReadDir(parent); len(left) != 1 {
			t.Fatalf("written outside of dst: %v", left)
		}
		if err != nil {
			// The file system may refuse a name that is too long for it.
			var path *fs.PathError
			if !errors.As(err, &path) {
				requireTyped(t, err)
			}
			return
		}
		if files := list(t, dst); len(files) != len(entries) {
			t.Fatalf("%d entries, %d files", len(entries), len(files))
		}
	})
}

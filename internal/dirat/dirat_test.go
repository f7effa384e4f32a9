package dirat

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// write makes a file the way an extraction does.
func write(t *testing.T, d *Dir, name, data string) {
	t.Helper()
	f, err := d.Create(name, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := f.Write([]byte(data)); n != len(data) || err != nil {
		t.Fatalf("%d bytes written, %v", n, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFolder(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	a, b := open(t, from), open(t, to)
	for _, d := range []*Dir{a, b} {
		if err := d.Mkdir("lib", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, a, "lib/x.js", "content")
	write(t, a, "empty", "")
	if err := Link(a, b, "lib/x.js"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(to, "lib", "x.js"))
	if err != nil || string(got) != "content" {
		t.Errorf("%q, %v", got, err)
	}
	st, err := b.Stat("lib/x.js")
	if err != nil || st.Size != 7 || !st.Regular || time.Since(st.Modified) > time.Hour || time.Until(st.Modified) > time.Hour {
		t.Errorf("%+v, %v", st, err)
	}
	if st, err := b.Stat("lib"); err != nil || st.Regular {
		t.Errorf("a folder: %+v, %v", st, err)
	}
	if err := b.Remove("lib/x.js"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(from, "lib", "x.js")); err != nil {
		t.Errorf("the other name went too: %v", err)
	}
}

// TestErrors wants those of package os, with whole paths.
func TestErrors(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	write(t, d, "there", "x")
	_, created := d.Create("there", 0o644)
	for _, c := range []struct{ err, want error }{
		{created, fs.ErrExist},
		{d.Remove("nothing"), fs.ErrNotExist},
		{d.Mkdir("nothing/below", 0o755), fs.ErrNotExist},
	} {
		var path *fs.PathError
		if !errors.Is(c.err, c.want) || !errors.As(c.err, &path) || !strings.HasPrefix(path.Path, dir) {
			t.Errorf("%v, want %v", c.err, c.want)
		}
	}
	var link *os.LinkError
	if err := Link(d, d, "there"); !errors.As(err, &link) || !errors.Is(err, fs.ErrExist) {
		t.Errorf("link: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "there")); err == nil {
		t.Error("a file was opened as a folder")
	}
}

// TestOpenThroughLink refuses a link in the folder's place.
func TestOpenThroughLink(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	if d, err := Open(link); err == nil {
		t.Errorf("opened %s", d.Path("."))
	}
}

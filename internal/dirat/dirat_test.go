package dirat

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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
	if err := Link(a, "lib/x.js", b, "lib/x.js"); err != nil {
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
		{d.Mkdir("a\x00b", 0o755), syscall.EINVAL},
	} {
		var path *fs.PathError
		if !errors.Is(c.err, c.want) || !errors.As(c.err, &path) || !strings.HasPrefix(path.Path, dir) {
			t.Errorf("%v, want %v", c.err, c.want)
		}
	}
	var link *os.LinkError
	if err := Link(d, "there", d, "there"); !errors.As(err, &link) || !errors.Is(err, fs.ErrExist) {
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

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := WriteFile(path, []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, st, err := ReadFile(path, 7); err != nil || string(got) != "content" || st.Size != 7 || !st.Regular {
		t.Errorf("%q, %v", got, err)
	}
	_, _, large := ReadFile(path, 6)
	_, _, folder := ReadFile(dir, 1<<20)
	_, _, nothing := ReadFile(path+"2", 1)
	for _, c := range []struct{ err, want error }{
		{large, fs.ErrInvalid}, {folder, fs.ErrInvalid}, {nothing, fs.ErrNotExist},
		{WriteFile(path, nil, 0o644), fs.ErrExist},
		{Rename(path+"2", path), fs.ErrNotExist},
		{Rmdir(path + "2"), fs.ErrNotExist},
		{LinkFile(path, path+"3"), nil},
		{LinkFile(path, path+"3"), fs.ErrExist},
		{Symlink("file", path+"5"), nil},
		{Symlink("file", path+"5"), fs.ErrExist},
		{Symlink("file", filepath.Join(dir, "none", "x")), fs.ErrNotExist},
		{Mkdir(path+"4", 0o755), nil},
		{Mkdir(path+"4", 0o755), fs.ErrExist},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%v, want %v", c.err, c.want)
		}
	}
}

func TestSymlink(t *testing.T) {
	dir := t.TempDir()
	for name, target := range map[string]string{"short": "../a/b", "long": strings.Repeat("../x", 100)} {
		at := filepath.Join(dir, name)
		if err := Symlink(target, at); err != nil {
			t.Fatal(err)
		}
		if have, err := os.Readlink(at); err != nil || filepath.ToSlash(have) != target {
			t.Errorf("%q, %v", have, err)
		}
		if err := Rename(at, at+"2"); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(at + "2"); err != nil {
			t.Error(err)
		}
	}
}

// TestRenameOntoFolder moves a folder onto an empty one, and onto one that is not.
func TestRenameOntoFolder(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"a", "b", "empty"} {
		if err := os.Mkdir(at(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := WriteFile(filepath.Join(at(name), "x"), nil, 0o644); name != "empty" && err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(at("empty"), "x")); err != nil {
		t.Fatal(err)
	}
	if err := Rename(at("a"), at("empty")); err != nil {
		t.Error(err)
	}
	if err := Rename(at("b"), at("empty")); err == nil {
		t.Error("a folder with a file in it was replaced")
	}
	if err := Rmdir(at("b")); err == nil {
		t.Error("a folder with a file in it was removed")
	}
}

// TestMkdirTemp makes the folder's parent, gives each caller another folder, and
// lets other users in.
func TestMkdirTemp(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "new", "parent")
	one, err := MkdirTemp(parent, "tmp-")
	two, err2 := MkdirTemp(parent, "tmp-")
	if err != nil || err2 != nil || one == two || filepath.Dir(one) != parent || !strings.HasPrefix(filepath.Base(one), "tmp-") {
		t.Fatalf("%s, %v, %s, %v", one, err, two, err2)
	}
	if info, err := os.Stat(one); err != nil || info.Mode().Perm()&0o500 != 0o500 {
		t.Errorf("%v, %v", info, err)
	}
	file := filepath.Join(parent, "file")
	if err := WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if dir, err := MkdirTemp(file, "tmp-"); err == nil {
		t.Errorf("made %s below a file", dir)
	}
}

func TestWithParent(t *testing.T) {
	at := filepath.Join(t.TempDir(), "a", "b", "c")
	calls := 0
	mkdir := func() error { calls++; return os.Mkdir(at, 0o755) }
	if err := WithParent(at, mkdir); err != nil || calls != 2 {
		t.Errorf("below a folder that is missing: %v, after %d calls", err, calls)
	}
	if err := WithParent(at, mkdir); !errors.Is(err, fs.ErrExist) || calls != 3 {
		t.Errorf("what is there: %v, after %d calls", err, calls)
	}
}

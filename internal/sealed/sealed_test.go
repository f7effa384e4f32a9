package sealed

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func TestPutAndGet(t *testing.T) {
	f := Folder{Dir: filepath.Join(t.TempDir(), "a", "b"), Most: 2}
	if _, ok := f.Get("x"); ok {
		t.Fatal("something is in no folder")
	}
	for _, want := range []string{"first", "second, longer", ""} {
		if err := f.Put("x", []byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, ok := f.Get("x"); !ok || string(got) != want {
			t.Fatalf("got %q, %v; want %q", got, ok, want)
		}
	}
	wantFiles(t, f, 1)
}

// TestDamage changes and cuts a file at every byte.
func TestDamage(t *testing.T) {
	f := Folder{Dir: t.TempDir(), Most: 2}
	if err := f.Put("x", []byte("content\nin lines\n")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(f.Dir, "x")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		changed := append([]byte{}, data...)
		changed[i] ^= 1
		for _, damaged := range [][]byte{data[:i], changed} {
			if err := os.WriteFile(path, damaged, 0o644); err != nil {
				t.Fatal(err)
			}
			if got, ok := f.Get("x"); ok {
				t.Fatalf("at byte %d: %q is taken for whole", i, got)
			}
		}
	}
}

func TestOldestGo(t *testing.T) {
	f := Folder{Dir: t.TempDir(), Most: 3}
	for i := range 6 {
		name := strconv.Itoa(i)
		if err := f.Put(name, []byte(name)); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(time.Duration(i-100) * time.Hour)
		if err := os.Chtimes(filepath.Join(f.Dir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	wantFiles(t, f, 3)
	for i := range 6 {
		if _, ok := f.Get(strconv.Itoa(i)); ok != (i >= 3) {
			t.Errorf("%d: %v", i, ok)
		}
	}
}

// TestPutFails: a folder stands in the place of the file.
func TestPutFails(t *testing.T) {
	f := Folder{Dir: t.TempDir(), Most: 3}
	if err := os.MkdirAll(filepath.Join(f.Dir, "x", "y"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := f.Put("x", nil); err == nil {
		t.Error("a folder was replaced")
	}
	wantFiles(t, f, 1)
}

func wantFiles(t *testing.T, f Folder, want int) {
	t.Helper()
	entries, err := os.ReadDir(f.Dir)
	if err != nil || len(entries) != want {
		t.Errorf("%d files, %v; want %d", len(entries), err, want)
	}
}

package install

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/ipnpm/ipnpm/internal/dirat"
)

// TestOtherDevice links across file systems, which has to fall back to copies.
func TestOtherDevice(t *testing.T) {
	w := sample(t)
	dir, err := os.MkdirTemp("/dev/shm", "ipnpm-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	disk, err := os.MkdirTemp("/var/tmp", "ipnpm-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(disk) })
	root := filepath.Join(dir, "project")
	writeFile(t, filepath.Join(root, "package.json"), `{"name":"project","version":"1.0.0"}`)
	o := w.options(root)
	o.Unpacked = OpenUnpacked(filepath.Join(disk, "store"))
	mustRun(t, o)
	if got, want := tree(t, root), fresh(t, w); got != want {
		t.Errorf("another tree:\n%s", difference(got, want))
	}
}

func TestLinkerFallsBack(t *testing.T) {
	shm, err := os.MkdirTemp("/dev/shm", "ipnpm-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(shm) })
	disk, err := os.MkdirTemp("/var/tmp", "ipnpm-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(disk) })
	l := &linker{}
	for i, c := range []struct {
		dst  string
		exec bool
	}{{shm, false}, {shm, true}, {t.TempDir(), false}} {
		name := fmt.Sprint("file", i)
		writeFile(t, filepath.Join(disk, name), "text")
		if err := l.link(openDir(t, disk), name, openDir(t, c.dst), &File{Path: name, Exec: c.exec}); err != nil {
			t.Fatal(err)
		}
		dst := filepath.Join(c.dst, name)
		info, err := os.Stat(dst)
		data, _ := os.ReadFile(dst)
		if err != nil || string(data) != "text" || (info.Mode()&0o111 != 0) != c.exec {
			t.Errorf("%s: %q %v %v", dst, data, info, err)
		}
	}
	// After one refusal nothing more is tried: the third is a copy too.
	if n := l.copied.Load() + l.cloned.Load(); n != 3 {
		t.Errorf("%d copied", n)
	}
}

func openDir(t *testing.T, path string) *dirat.Dir {
	t.Helper()
	d, err := dirat.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

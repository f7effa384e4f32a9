package install

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestPlacedLock tells a hidden lockfile that describes node_modules from one
// that something has changed since.
func TestPlacedLock(t *testing.T) {
	const both = `{"lockfileVersion":3,"packages":{"node_modules/@s/a":{"version":"1.0.0"},` +
		`"node_modules/@s/a/node_modules/b":{"version":"1.0.0"},"node_modules/w":{"resolved":"w","link":true},"w":{"version":"1.0.0"}}}`
	past, present := time.Now().Add(-time.Hour), time.Now()
	cases := []struct {
		name   string
		lock   string
		change func(t *testing.T, root string)
		want   bool
	}{
		{"as it was", both, nil, true},
		{"a package more", both, func(t *testing.T, root string) {
			t.Helper()
			writeFile(t, filepath.Join(root, modules, "c", "index.js"), "")
			setTimes(t, past, filepath.Join(root, modules, "c"), filepath.Join(root, modules))
		}, false},
		{"a package gone", both, func(t *testing.T, root string) {
			t.Helper()
			if err := os.RemoveAll(filepath.Join(root, modules, "@s", "a", modules, "b")); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"a newer folder", both, func(t *testing.T, root string) {
			t.Helper()
			setTimes(t, present.Add(time.Second), filepath.Join(root, modules, "@s", "a", modules, "b"))
		}, false},
		{"a newer workspace", both, func(t *testing.T, root string) {
			t.Helper()
			setTimes(t, present.Add(time.Second), filepath.Join(root, "w"))
		}, false},
		{"no lockfile", `{"lockfileVersion":9}`, nil, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			folders := []string{"node_modules/@s/a/node_modules/b", "node_modules/@s/a", "node_modules/@s", "w"}
			for _, dir := range folders {
				writeFile(t, filepath.Join(root, dir, "package.json"), "{}")
			}
			if err := os.Symlink("../w", filepath.Join(root, modules, "w")); err != nil {
				t.Fatal(err)
			}
			for _, dir := range append(folders, modules) {
				setTimes(t, past, filepath.Join(root, dir))
			}
			if c.change != nil {
				c.change(t, root)
			}
			writeFile(t, filepath.Join(root, modules, hiddenLock), c.lock)
			setTimes(t, past, filepath.Join(root, modules))
			setTimes(t, present, filepath.Join(root, modules, hiddenLock))
			if got := PlacedLock(root); (got != nil) != c.want {
				t.Errorf("lock is %v, want one: %v", got, c.want)
			}
		})
	}
}

func setTimes(t *testing.T, at time.Time, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

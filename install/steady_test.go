package install

import (
	"os"
	"path/filepath"
	"testing"
)

// TestMeddled has somebody change node_modules between two installs of different
// lockfiles: folders that kept their time are believed, the others looked into.
func TestMeddled(t *testing.T) {
	at := func(root, loc string) string { return filepath.Join(root, filepath.FromSlash(loc)) }
	for name, meddle := range map[string]func(t *testing.T, root string) error{
		"a package is gone": func(_ *testing.T, root string) error {
			return os.RemoveAll(at(root, "node_modules/c"))
		},
		"a nested one is gone": func(_ *testing.T, root string) error {
			return os.RemoveAll(at(root, "node_modules/a/node_modules/c"))
		},
		"a package is a link now": func(t *testing.T, root string) error {
			if err := os.RemoveAll(at(root, "node_modules/c")); err != nil {
				return err
			}
			return os.Symlink(t.TempDir(), at(root, "node_modules/c"))
		},
		"one that nobody wants": func(t *testing.T, root string) error {
			writeFile(t, at(root, "node_modules/stray/package.json"), "{}")
			return nil
		},
		"one in a scope": func(t *testing.T, root string) error {
			writeFile(t, at(root, "node_modules/@s/stray/package.json"), "{}")
			return nil
		},
		"a nested one": func(t *testing.T, root string) error {
			writeFile(t, at(root, "node_modules/a/node_modules/stray/package.json"), "{}")
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, root := sample(t), project(t)
			mustRun(t, w.options(root))
			if err := meddle(t, root); err != nil {
				t.Fatal(err)
			}
			next := w.fork()
			next.add("node_modules/@s/new", "1.0.0", nil)
			mustRun(t, next.options(root))
			if got, want := tree(t, root), fresh(t, next); got != want {
				t.Errorf("another tree than a fresh one: %s", difference(got, want))
			}
		})
	}
}

package install

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ipnpm/ipnpm/lockfile"
)

// TestGlobal installs beside packages and commands of others, with links and as on
// Windows with shims in the folder around node_modules.
func TestGlobal(t *testing.T) {
	for name, shims := range map[string]bool{"links": false, "shims": true} {
		t.Run(name, func(t *testing.T) {
			prefix := t.TempDir()
			w := newWorld(t)
			w.add("node_modules/a", "1.0.0", nil, withBin(map[string]string{"a": "index.js", "old": "index.js"}))
			o := w.options(filepath.Join(prefix, "lib"))
			o.Global, o.Shims = &Global{Bins: filepath.Join(prefix, "bin")}, shims
			if shims {
				o.Root = prefix
				o.Global.Bins = prefix
			}
			theirs := filepath.Join(o.Root, modules, "npm", "package.json")
			writeFile(t, theirs, `{"name":"npm","version":"12.0.0"}`)
			writeFile(t, filepath.Join(o.Global.Bins, "tool"), "theirs")
			mustRun(t, o)
			for _, want := range []string{"a", "old", "tool"} {
				if !exists(filepath.Join(o.Global.Bins, want)) {
					t.Errorf("there is no %s", want)
				}
			}

			w.add("node_modules/a", "2.0.0", nil, withBin(map[string]string{"a": "index.js"}))
			w.add("node_modules/b", "1.0.0", nil, withBin(map[string]string{"tool": "index.js"}))
			_, err := Run(t.Context(), o)
			taken, ok := errors.AsType[*BinTakenError](err)
			if !ok || taken.Path != filepath.Join(o.Global.Bins, "tool") || taken.Code() != "EEXIST" {
				t.Fatalf("Run = %v, want a *BinTakenError", err)
			}
			if _, version := readIdentity(filepath.Join(o.Root, modules, "a")); version != "1.0.0" {
				t.Errorf("a is at %s after an install that was refused", version)
			}
			delete(w.lock.Packages, "node_modules/b")
			mustRun(t, o)
			if exists(filepath.Join(o.Global.Bins, "old")) || !exists(filepath.Join(o.Global.Bins, "a")) {
				t.Error("the commands are not those of the new version")
			}

			delete(w.lock.Packages, "node_modules/a")
			o.Global.Remove = []string{"a", "gone"}
			mustRun(t, o)
			if exists(filepath.Join(o.Root, modules, "a")) || exists(filepath.Join(o.Global.Bins, "a")) {
				t.Error("a is still there")
			}
			if !exists(theirs) || !exists(filepath.Join(o.Global.Bins, "tool")) {
				t.Error("what is another's has gone")
			}
		})
	}
}

// TestGlobalReplaced looks at the version of what lies there: npm tells nobody
// what it has put in our packages' places.
func TestGlobalReplaced(t *testing.T) {
	w := newWorld(t)
	w.add("node_modules/a", "1.0.0", nil)
	o := w.options(filepath.Join(t.TempDir(), "lib"))
	o.Global = &Global{Bins: filepath.Join(t.TempDir(), "bin")}
	mustRun(t, o)
	dir := filepath.Join(o.Root, modules, "a")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "package.json"), `{"name":"a","version":"2.0.0"}`)
	mustRun(t, o)
	if _, version := readIdentity(dir); version != "1.0.0" {
		t.Errorf("a is at %s", version)
	}
}

// TestLink puts a link in the place of a package, with its commands, and the next
// install puts back what the lockfile says.
func TestLink(t *testing.T) {
	w, root := newWorld(t), project(t)
	w.add("node_modules/a", "1.0.0", nil, withBin(map[string]string{"old": "index.js"}))
	w.add("node_modules/b", "1.0.0", nil, withBin(map[string]string{"b": "index.js"}))
	o := w.options(root)
	mustRun(t, o)
	folder := filepath.Join(filepath.Dir(root), "mine")
	writeFile(t, filepath.Join(folder, "cli.js"), "#!/usr/bin/env node\n")
	pkg := &lockfile.Package{Name: "a", Version: "3.0.0", Bin: map[string]string{"new": "cli.js"}}
	if err := Link(t.Context(), o, "a", folder, pkg); err != nil {
		t.Fatal(err)
	}
	bins := filepath.Join(root, modules, ".bin")
	if to, err := os.Readlink(filepath.Join(root, modules, "a")); to != filepath.FromSlash("../../mine") {
		t.Errorf("a leads to %q: %v", to, err)
	}
	if exists(filepath.Join(bins, "old")) || !exists(filepath.Join(bins, "new")) || !exists(filepath.Join(bins, "b")) {
		t.Error("the commands are not those of the folder and of b")
	}
	if _, upToDate := Recall(o); upToDate {
		t.Error("the next install would find nothing to do")
	}
	mustRun(t, o)
	if _, version := readIdentity(filepath.Join(root, modules, "a")); version != "1.0.0" || exists(filepath.Join(bins, "new")) {
		t.Errorf("a is at %s", version)
	}
	if !exists(filepath.Join(folder, "cli.js")) {
		t.Error("the folder has lost something")
	}
	if err := Link(t.Context(), o, "../a", folder, pkg); err == nil {
		t.Error("a link beside node_modules was made")
	}
}

package install

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/lockfile"
)

// fork copies the world's lockfile, so that it can be changed.
func (w *world) fork() *world {
	lock := *w.lock
	lock.Packages = maps.Clone(w.lock.Packages)
	return &world{t: w.t, lock: &lock, data: w.data, fail: map[string]error{}}
}

// fresh is the tree that a lockfile gives in an empty project.
func fresh(t *testing.T, w *world) string {
	t.Helper()
	root := project(t)
	mustRun(t, w.options(root))
	return tree(t, root)
}

// edits are ways from the sample to another lockfile.
func edits() map[string]func(w *world) {
	return map[string]func(w *world){
		"a parent changes, its nested package stays": func(w *world) {
			w.add("node_modules/a", "1.1.0", nil, func(p *lockfile.Package) {
				p.Dependencies = map[string]string{"c": "2"}
			})
		},
		"a nested package changes": func(w *world) { w.add("node_modules/a/node_modules/c", "2.1.0", nil) },
		"a nested package goes":    func(w *world) { delete(w.lock.Packages, "node_modules/a/node_modules/c") },
		"a parent goes": func(w *world) {
			delete(w.lock.Packages, "node_modules/a")
			delete(w.lock.Packages, "node_modules/a/node_modules/c")
		},
		"the only package of a scope goes": func(w *world) { delete(w.lock.Packages, "node_modules/@s/b") },
		"both change": func(w *world) {
			w.add("node_modules/a", "1.1.0", nil)
			w.add("node_modules/a/node_modules/c", "2.1.0", nil)
		},
		"one comes": func(w *world) {
			w.add("node_modules/@s/new", "1.0.0", nil, func(p *lockfile.Package) { p.Bin = map[string]string{"new": "index.js"} })
		},
		"a nested one comes": func(w *world) { w.add("node_modules/@s/b/node_modules/deep", "1.0.0", nil) },
		"a parent brings its own": func(w *world) { // nothing is left of what was there
			w.add("node_modules/a", "1.2.0", files{"node_modules/c/main.js": "bundled", "node_modules/c/package.json": "{}"},
				func(p *lockfile.Package) { p.BundleDependencies = []string{"c"} })
			w.lock.Packages["node_modules/a/node_modules/c"] = &lockfile.Package{Version: "9.0.0", InBundle: true}
		},
		"everything goes": func(w *world) {
			w.lock.Packages = map[string]*lockfile.Package{"": {Name: "project", Version: "1.0.0"}}
		},
	}
}

// TestChange goes from the sample to other trees and back: the disk must look
// like a fresh install each time.
func TestChange(t *testing.T) {
	for name, edit := range edits() {
		t.Run(name, func(t *testing.T) {
			w := sample(t)
			w2 := w.fork()
			edit(w2)
			root := project(t)
			store := OpenUnpacked(filepath.Join(t.TempDir(), "store"))
			for _, step := range []*world{w, w2, w} {
				o := step.options(root)
				o.Unpacked = store
				mustRun(t, o)
				if !UpToDate(o) {
					t.Error("not up to date")
				}
				got, want := tree(t, root), fresh(t, step)
				if len(step.lock.Packages) == 1 {
					// A project that never had packages gets no node_modules.
					if strings.Contains(got, "index.js") {
						t.Errorf("packages are left:\n%s", got)
					}
					continue
				}
				if got != want {
					t.Errorf("another tree:\n%s", difference(got, want))
				}
			}
		})
	}
}

// TestFailureRestores makes the download, the linking or a script of a change
// fail: the old tree must be back, and the next run must succeed.
func TestFailureRestores(t *testing.T) {
	w := sample(t)
	root := project(t)
	o := w.options(root)
	mustRun(t, o)
	before := tree(t, root)

	w2 := w.fork()
	w2.add("node_modules/a", "3.0.0", nil)
	w2.add("node_modules/z", "1.0.0", files{"scripts": `{"postinstall":"echo out; exit 3"}`})
	delete(w2.lock.Packages, "node_modules/c")
	o2 := w2.options(root)
	o2.Approved = func(string, string, string) bool { return true }
	o2.Scripts.Env = os.Environ()

	w2.fail["node_modules/a"] = errors.New("no network")
	if _, err := Run(context.Background(), o2); err == nil || !strings.Contains(err.Error(), "fetching a@3.0.0 (node_modules/a): no network") {
		t.Fatalf("err = %v", err)
	}
	if got := tree(t, root); got != before || !UpToDate(o) {
		t.Errorf("a failed download changed the tree:\n%s", got)
	}
	delete(w2.fail, "node_modules/a")
	if _, err := Run(context.Background(), o2); err == nil || !strings.Contains(err.Error(), "postinstall") {
		t.Fatalf("err = %v", err)
	}
	if UpToDate(o) {
		t.Error("up to date after a failure")
	}
	mustRun(t, o)
	if got := tree(t, root); got != before {
		t.Errorf("another tree:\n%s", difference(got, before))
	}
	o2.IgnoreScripts = true
	mustRun(t, o2)
	if got, want := tree(t, root), freshWith(t, w2, func(o *Options) { o.IgnoreScripts = true }); got != want {
		t.Errorf("another tree:\n%s", difference(got, want))
	}
}

// toEdit installs the sample, and returns the options that bring the edit to it.
func toEdit(t *testing.T, edit func(*world)) (w *world, root string, o Options) {
	t.Helper()
	w, root = sample(t), project(t)
	mustRun(t, w.options(root))
	to := w.fork()
	edit(to)
	return w, root, to.options(root)
}

// TestUnsavedIsUndone has what is to be saved fail once everything is linked: the
// tree is the old one, or none.
func TestUnsavedIsUndone(t *testing.T) {
	t.Parallel()
	full := errors.New("the disk is full")
	for name, edit := range edits() {
		w, root, o := toEdit(t, edit)
		before := tree(t, root)
		o.Save = func() (func() error, error) { return nil, full }
		if _, err := Run(t.Context(), o); !errors.Is(err, full) {
			t.Errorf("%s: %v", name, err)
		}
		if d := difference(tree(t, root), before); d != "" {
			t.Errorf("%s: is left changed:\n%s", name, d)
		}
		if !UpToDate(w.options(root)) {
			t.Errorf("%s: the old tree is no longer vouched for", name)
		}
	}
	w, root := sample(t), project(t)
	o := w.options(root)
	o.Save = func() (func() error, error) { return nil, full }
	if _, err := Run(t.Context(), o); !errors.Is(err, full) {
		t.Errorf("in a new project: %v", err)
	}
	if left, err := os.ReadDir(filepath.Join(root, modules)); err != nil || len(left) != 1 || left[0].Name() != lockFile {
		t.Errorf("in a new project there is left: %v, %v", left, err)
	}
	o.Ready, root = func() error { return full }, project(t)
	o.Root = root
	if _, err := Run(t.Context(), o); !errors.Is(err, full) || exists(filepath.Join(root, modules)) {
		t.Errorf("what could not be saved was not asked first: %v", err)
	}
}

// TestUnsettledIsUndone has what was saved not last: the packages are the old ones,
// and the next run has the commands right, too.
func TestUnsettledIsUndone(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	for name, edit := range edits() {
		w, root, o := toEdit(t, edit)
		before, packages := tree(t, root), packagesIn(t, root)
		o.Save = func() (func() error, error) { return func() error { return broken }, nil }
		if _, err := Run(t.Context(), o); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
		if got := packagesIn(t, root); !slices.Equal(got, packages) {
			t.Errorf("%s: leaves the packages %q, want %q", name, got, packages)
		}
		if UpToDate(w.options(root)) {
			t.Errorf("%s: the tree is vouched for", name)
		}
		mustRun(t, w.options(root))
		if d := difference(tree(t, root), before); d != "" {
			t.Errorf("%s: is not mended by the next run:\n%s", name, d)
		}
	}
}

// packagesIn lists the files of a tree that say what a package is, with their content.
func packagesIn(t *testing.T, root string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(filepath.Join(root, modules), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "package.json" {
			return err
		}
		data, err := os.ReadFile(path)
		all = append(all, path+": "+string(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func freshWith(t *testing.T, w *world, edit func(*Options)) string {
	t.Helper()
	root := project(t)
	o := w.options(root)
	edit(&o)
	mustRun(t, o)
	return tree(t, root)
}

// TestForeign takes over trees that others made or spoiled.
func TestForeign(t *testing.T) {
	spoil := map[string]func(t *testing.T, root string){
		"a package was deleted": func(t *testing.T, root string) { os.RemoveAll(filepath.Join(root, "node_modules/c")) },
		"the state was deleted": func(t *testing.T, root string) { os.Remove(filepath.Join(root, modules, stateFile)) },
		"all records were deleted": func(t *testing.T, root string) {
			os.Remove(filepath.Join(root, modules, stateFile))
			os.Remove(filepath.Join(root, modules, hiddenLock))
			os.Remove(filepath.Join(root, "node_modules/c/package.json"))
		},
		"the state is torn": func(t *testing.T, root string) {
			if err := os.Truncate(filepath.Join(root, modules, stateFile), 40); err != nil {
				t.Fatal(err)
			}
		},
		"a stranger came": func(t *testing.T, root string) {
			writeFile(t, filepath.Join(root, "node_modules/stranger/package.json"), "{}")
			writeFile(t, filepath.Join(root, "node_modules/@s/stranger/package.json"), "{}")
			writeFile(t, filepath.Join(root, "node_modules/a/node_modules/stranger/package.json"), "{}")
			writeFile(t, filepath.Join(root, "node_modules/c/node_modules/stranger/package.json"), "{}")
		},
		"a package became a link": func(t *testing.T, root string) {
			os.RemoveAll(filepath.Join(root, "node_modules/a"))
			if err := os.Symlink(filepath.Join(root, ".."), filepath.Join(root, "node_modules/a")); err != nil {
				t.Fatal(err)
			}
		},
		"a scope became a link": func(t *testing.T, root string) {
			os.RemoveAll(filepath.Join(root, "node_modules/@s"))
			if err := os.Symlink(filepath.Join(root, ".."), filepath.Join(root, "node_modules/@s")); err != nil {
				t.Fatal(err)
			}
		},
		"a nested node_modules became a link": func(t *testing.T, root string) {
			os.RemoveAll(filepath.Join(root, "node_modules/a/node_modules"))
			if err := os.Symlink(root, filepath.Join(root, "node_modules/a/node_modules")); err != nil {
				t.Fatal(err)
			}
		},
		"node_modules became a link": func(t *testing.T, root string) {
			os.RemoveAll(filepath.Join(root, modules))
			if err := os.Symlink(filepath.Dir(root), filepath.Join(root, modules)); err != nil {
				t.Fatal(err)
			}
		},
		"another version was put there": func(t *testing.T, root string) {
			writeFile(t, filepath.Join(root, "node_modules/fresh-package.json"), `{"name":"c","version":"7.0.0"}`)
			os.Rename(filepath.Join(root, "node_modules/fresh-package.json"), filepath.Join(root, "node_modules/c/package.json"))
			// npm writes its own record when it changes the tree.
			writeFile(t, filepath.Join(root, modules, hiddenLock), `{"packages":{"node_modules/c":{"version":"7.0.0","integrity":"sha512-x"}}}`)
		},
		"bins were spoiled": func(t *testing.T, root string) {
			bins := filepath.Join(root, "node_modules/.bin")
			os.Remove(filepath.Join(bins, "a"))
			os.Remove(filepath.Join(bins, "c"))
			writeFile(t, filepath.Join(bins, "c"), "not a link")
			os.Symlink("../gone/cli.js", filepath.Join(bins, "gone"))
			os.Chtimes(filepath.Join(root, modules), time.Unix(1, 0), time.Unix(1, 0))
		},
	}
	for name, spoil := range spoil {
		t.Run(name, func(t *testing.T) {
			w := sample(t)
			root := project(t)
			o := w.options(root)
			mustRun(t, o)
			want := tree(t, root)
			spoil(t, root)
			if UpToDate(o) {
				t.Error("up to date")
			}
			mustRun(t, o)
			if got := tree(t, root); got != want {
				t.Errorf("another tree:\n%s", difference(got, want))
			}
			if !UpToDate(o) {
				t.Error("not up to date afterwards")
			}
		})
	}
}

// TestKeepsDotFolders leaves caches and the user's own commands alone.
func TestKeepsDotFolders(t *testing.T) {
	w, root := sample(t), project(t)
	o := w.options(root)
	mustRun(t, o)
	for _, f := range []string{".cache/x", ".vite/deps/y", ".bin/mine"} {
		writeFile(t, filepath.Join(root, modules, f), "keep")
	}
	delete(w.lock.Packages, "node_modules/@s/b")
	mustRun(t, o)
	for _, f := range []string{".cache/x", ".vite/deps/y", ".bin/mine"} {
		if data, err := os.ReadFile(filepath.Join(root, modules, f)); string(data) != "keep" {
			t.Errorf("%s: %q %v", f, data, err)
		}
	}
}

// TestNpmAgrees has the real npm read the tree.
func TestNpmAgrees(t *testing.T) {
	w := newWorld(t)
	w.lock.Packages[""].Dependencies = map[string]string{"a": "^1.0.0", "@s/b": "^1.0.0", "w": "1.0.0"}
	w.lock.Packages[""].Workspaces = []string{"packages/*"}
	manifest := func(deps string) files {
		return files{"package.json": deps}
	}
	w.add("node_modules/a", "1.0.0", manifest(`{"name":"a","version":"1.0.0","dependencies":{"c":"^2.0.0"}}`), func(p *lockfile.Package) {
		p.Dependencies = map[string]string{"c": "^2.0.0"}
	})
	w.add("node_modules/a/node_modules/c", "2.0.0", nil)
	w.add("node_modules/c", "1.0.0", nil)
	w.add("node_modules/@s/b", "1.0.0", manifest(`{"name":"@s/b","version":"1.0.0","dependencies":{"c":"^1.0.0"}}`), func(p *lockfile.Package) {
		p.Dependencies = map[string]string{"c": "^1.0.0"}
	})
	w.lock.Packages["packages/w"] = &lockfile.Package{Name: "w", Version: "1.0.0"}
	w.lock.Packages["node_modules/w"] = &lockfile.Package{Resolved: "packages/w", Link: true}
	root := project(t)
	writeFile(t, filepath.Join(root, "package.json"), `{"name":"project","version":"1.0.0","workspaces":["packages/*"],
		"dependencies":{"a":"^1.0.0","@s/b":"^1.0.0","w":"1.0.0"}}`)
	writeFile(t, filepath.Join(root, "packages/w/package.json"), `{"name":"w","version":"1.0.0"}`)
	mustRun(t, w.options(root))
	cmd := exec.Command("npm", "ls", "--all", "--offline", "--loglevel=silly")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("npm ls: %v\n%s", err, out)
	}
	for _, want := range []string{"a@1.0.0", "c@2.0.0", "c@1.0.0", "@s/b@1.0.0", "w@1.0.0 -> ./packages/w"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("npm ls does not tell of %s", want)
		}
	}
	for _, bad := range []string{"extraneous", "invalid", "UNMET", "failed to load", "out of date"} {
		if strings.Contains(string(out), bad) {
			t.Errorf("npm ls says %q", bad)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}

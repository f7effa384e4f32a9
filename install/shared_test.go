package install

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/tarball"
)

// Entries that share a CID share one folder of the unpacked store. Each has
// its own integrity all the same, and each of them has to be the content's.
func TestEntriesOfOneCIDEachHaveTheirIntegrity(t *testing.T) {
	for _, wrong := range []string{"node_modules/a", "node_modules/b"} {
		w := newWorld(t)
		w.add("node_modules/a", "1.0.0", nil)
		twin := *w.lock.Packages["node_modules/a"]
		twin.Name = "a"
		w.lock.Packages["node_modules/b"] = &twin
		w.lock.Packages[wrong].Integrity = tarball.Sum512([]byte("something else"))
		root := project(t)
		_, err := Run(context.Background(), w.options(root))
		content, ok := errors.AsType[*ContentError](err)
		if !ok {
			t.Fatalf("%s: Run = %v, want a *ContentError", wrong, err)
		}
		if content.Want != w.lock.Packages[wrong].Integrity {
			t.Errorf("%s: the error is about %s", wrong, content.Want)
		}
		if problem, _ := errors.AsType[*PackageError](err); problem == nil || problem.Location != wrong {
			t.Errorf("the error names %v, want %s", problem, wrong)
		}
	}
}

// The listing in the store holds a sha512 alone. Of an entry with another
// kind of digest the tarball itself has to be looked at.
func TestWeakerIntegrityIsCheckedAgainstTheStore(t *testing.T) {
	w := newWorld(t)
	pkg := w.add("node_modules/a", "1.0.0", nil)
	root := project(t)
	mustRun(t, w.options(root))

	pkg.Integrity = "sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA="
	o := w.options(project(t))
	o.Unpacked = OpenUnpacked(filepath.Join(filepath.Dir(root), "store"))
	_, err := Run(context.Background(), o)
	if _, ok := errors.AsType[*tarball.MismatchError](err); !ok {
		t.Fatalf("Run = %v, want a *tarball.MismatchError", err)
	}
}

// The commands of a folder outside of the project are linked like those of
// one inside.
func TestBinsOfAFolderOutside(t *testing.T) {
	w := newWorld(t)
	root := project(t)
	writeFile(t, filepath.Join(filepath.Dir(root), "lib", "package.json"), `{"name":"lib","version":"1.0.0","bin":{"lib":"cli.js"}}`)
	writeFile(t, filepath.Join(filepath.Dir(root), "lib", "cli.js"), "#!/usr/bin/env node\n")
	w.lock.Packages[""].Dependencies = map[string]string{"lib": "file:../lib"}
	w.lock.Packages["../lib"] = &lockfile.Package{Name: "lib", Version: "1.0.0", Bin: map[string]string{"lib": "cli.js"}}
	w.lock.Packages["node_modules/lib"] = &lockfile.Package{Link: true, Resolved: "../lib"}
	mustRun(t, w.options(root))
	if info, err := os.Stat(filepath.Join(root, "node_modules", ".bin", "lib")); err != nil || info.Mode()&0o100 == 0 {
		t.Errorf("node_modules/.bin/lib: %v, %v", info, err)
	}
}

// What was written to through one project's links is extracted anew when another
// comes upon it, at all of its places; the first project keeps what it wrote.
func TestEditedIsLaidOutAnew(t *testing.T) {
	w := newWorld(t)
	pkg := w.add("node_modules/a", "1.0.0", map[string]string{"lib/first.js": "first", "lib/then.js": "then"})
	for _, parent := range []string{"node_modules/b", "node_modules/c", "node_modules/d"} {
		w.add(parent, "1.0.0", nil)
		twin := *pkg
		w.lock.Packages[parent+"/node_modules/a"] = &twin
	}
	first := w.options(project(t))
	mustRun(t, first)
	edited := filepath.Join(first.Root, "node_modules", "a", "lib", "then.js")
	writeFile(t, edited, "something else, and longer")

	second := w.options(project(t))
	second.Unpacked = OpenUnpacked(first.Unpacked.Dir())
	delete(w.fail, "node_modules/a")
	mustRun(t, second)
	for _, loc := range []string{"a", "b/node_modules/a", "c/node_modules/a", "d/node_modules/a"} {
		file := filepath.Join(second.Root, "node_modules", filepath.FromSlash(loc), "lib", "then.js")
		if data, err := os.ReadFile(file); err != nil || string(data) != "then" {
			t.Errorf("%s: %q, %v", loc, data, err)
		}
	}
	if data, err := os.ReadFile(edited); err != nil || string(data) != "something else, and longer" {
		t.Errorf("the edited file: %q, %v", data, err)
	}

	// Where it cannot be had again, that is what is told, and nothing is left.
	writeFile(t, filepath.Join(second.Root, "node_modules", "a", "lib", "then.js"), "once more, and longer still")
	third := w.options(project(t))
	third.Unpacked = OpenUnpacked(first.Unpacked.Dir())
	third.Fetcher = nothing{}
	_, err := Run(t.Context(), third)
	problem, ok := errors.AsType[*PackageError](err)
	if !ok || problem.Doing != "fetching" || problem.Name != "a" {
		t.Errorf("Run = %v", err)
	}
	for _, name := range []string{"a", "b", ".ipnpm-state"} {
		if _, err := os.Lstat(filepath.Join(third.Root, "node_modules", name)); err == nil {
			t.Errorf("%s is left", name)
		}
	}
}

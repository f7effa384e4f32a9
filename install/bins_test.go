package install

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/lockfile"
)

func withBin(bins map[string]string) func(*lockfile.Package) {
	return func(p *lockfile.Package) { p.Bin = bins }
}

// TestBins checks names, conflicts, bundled packages, and what may not be
// linked.
func TestBins(t *testing.T) {
	w, root := newWorld(t), project(t)
	w.add("node_modules/b", "1.0.0", nil, withBin(map[string]string{"both": "index.js"}))
	w.add("node_modules/a", "1.0.0", nil, withBin(map[string]string{"both": "./index.js", "missing": "gone.js"}))
	w.add("node_modules/@s/c", "1.0.0", nil, withBin(map[string]string{"c": "index.js"}))
	w.add("node_modules/host", "1.0.0", files{
		"node_modules/in/package.json": `{"name":"in"}`, "node_modules/in/cli.js": "#!/usr/bin/env node\n",
	}, func(p *lockfile.Package) { p.BundleDependencies = []string{"in"} })
	w.lock.Packages["node_modules/host/node_modules/in"] = &lockfile.Package{Version: "1.0.0", InBundle: true, Bin: map[string]string{"in": "cli.js"}}
	o := w.options(root)
	mustRun(t, o)
	for path, want := range map[string]string{
		"node_modules/.bin/both":                 "../a/index.js",
		"node_modules/.bin/c":                    "../@s/c/index.js",
		"node_modules/host/node_modules/.bin/in": "../in/cli.js",
	} {
		if got, err := os.Readlink(filepath.Join(root, path)); got != want {
			t.Errorf("%s -> %q (%v), want %q", path, got, err, want)
			continue
		}
		if info, err := os.Stat(filepath.Join(root, path)); err != nil || info.Mode()&0o111 != 0o111 {
			t.Errorf("%s is not executable: %v", path, err)
		}
	}
	if exists(filepath.Join(root, "node_modules/.bin/missing")) {
		t.Error("a command without a file was made")
	}
	// The bundled package's file, whose mode had to change, is a copy.
	stored := storedFile(t, o.Unpacked, w.lock.Packages["node_modules/host"].CID, "node_modules/in/cli.js")
	if info, err := os.Stat(stored); err != nil || info.Mode()&0o111 != 0 {
		t.Errorf("the store's file was changed: %v %v", info, err)
	}
	if damage, err := o.Unpacked.Verify(t.Context()); err != nil || len(damage) > 0 {
		t.Errorf("the store: %v %v", damage, err)
	}
	o.NoBinLinks = true
	root2 := project(t)
	o.Root = root2
	mustRun(t, o)
	if exists(filepath.Join(root2, "node_modules/.bin")) {
		t.Error("bins in spite of NoBinLinks")
	}
}

// TestHostileBins makes paths of no bin that leaves its package, or .bin.
func TestHostileBins(t *testing.T) {
	pkg := &lockfile.Package{Version: "1.0.0", Bin: map[string]string{
		"../up": "index.js", "a/b": "x.js", "..": "x.js", ".": "x.js", "": "x.js", "nul\x00": "x.js",
		"out": "../../../etc/passwd", "abs": "/etc/passwd", "back": "..\\..\\x", "ok": "./bin/../ok.js",
	}}
	a := &applier{sel: &selection{}}
	for name, file := range a.binsOf(&target{place: place{loc: "node_modules/p", dir: modules}, pkg: pkg}) {
		at := filepath.Join("/r/node_modules/.bin", name)
		to := filepath.Join("/r/node_modules/p", file)
		if filepath.Dir(at) != "/r/node_modules/.bin" || !strings.HasPrefix(to, "/r/node_modules/p/") {
			t.Errorf("%q: %q is linked as %s -> %s", name, file, at, to)
		}
	}
}

// TestBinPrefersPackages gives a name to a package before a workspace.
func TestBinPrefersPackages(t *testing.T) {
	w, root := newWorld(t), project(t)
	w.add("node_modules/z", "1.0.0", nil, withBin(map[string]string{"cmd": "index.js"}))
	w.lock.Packages["packages/a"] = &lockfile.Package{Name: "a", Version: "1.0.0", Bin: map[string]string{"cmd": "a.js", "own": "a.js"}}
	w.lock.Packages["node_modules/a"] = &lockfile.Package{Link: true, Resolved: "packages/a"}
	writeFile(t, filepath.Join(root, "packages/a/a.js"), "x")
	mustRun(t, w.options(root))
	for name, want := range map[string]string{"cmd": "../z/index.js", "own": "../a/a.js"} {
		if got, _ := os.Readlink(filepath.Join(root, "node_modules/.bin", name)); got != want {
			t.Errorf("%s -> %q, want %q", name, got, want)
		}
	}
	if info, _ := os.Stat(filepath.Join(root, "packages/a/a.js")); info.Mode()&0o100 == 0 {
		t.Error("the workspace's file is not executable")
	}
}

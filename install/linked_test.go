package install

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/install/virtual"
	"github.com/ipnpm/ipnpm/lockfile"
)

// linkedOptions are those of the linked layout, with a virtual store beside
// the project's folder.
func (w *world) linkedOptions(root string) Options {
	o := w.options(root)
	o.Virtual = virtual.Open(filepath.Join(filepath.Dir(root), "virtual"))
	return o
}

// found reads the index.js that Node would find from a folder under a name.
func found(t *testing.T, from, name string) string {
	t.Helper()
	real, err := filepath.EvalSymlinks(from)
	if err != nil {
		t.Fatal(err)
	}
	for dir := real; ; dir = filepath.Dir(dir) {
		if data, err := os.ReadFile(filepath.Join(dir, "node_modules", name, "index.js")); err == nil && filepath.Base(dir) != "node_modules" {
			_, text, _ := strings.Cut(strings.TrimSpace(string(data)), "= ")
			return strings.Trim(text, `"`)
		}
		if dir == filepath.Dir(dir) {
			return "nothing"
		}
	}
}

func depends(on ...string) func(*lockfile.Package) {
	return func(p *lockfile.Package) {
		p.Dependencies = map[string]string{}
		for _, name := range on {
			p.Dependencies[name] = "*"
		}
	}
}

func bundled(p *lockfile.Package) { p.InBundle = true }

func TestLinkedLookUps(t *testing.T) {
	w := newWorld(t)
	w.lock.Packages[""].Dependencies = map[string]string{"owner": "*", "self": "*", "alias": "*"}
	// x is in owner's tarball, and finds a y of its own that is not.
	w.add("node_modules/owner", "1.0.0", files{
		"node_modules/x/package.json": `{"name":"x","version":"1.0.0"}`,
		"node_modules/x/index.js":     `module.exports = "x@bundled"`,
	}, depends("x", "y"), func(p *lockfile.Package) { p.BundleDependencies = []string{"x"} })
	w.lock.Packages["node_modules/owner/node_modules/x"] = &lockfile.Package{Version: "1.0.0"}
	depends("y", "z")(w.lock.Packages["node_modules/owner/node_modules/x"])
	bundled(w.lock.Packages["node_modules/owner/node_modules/x"])
	w.add("node_modules/owner/node_modules/x/node_modules/y", "2.0.0", nil)
	w.add("node_modules/y", "1.0.0", nil, func(p *lockfile.Package) {
		p.PeerDependenciesMeta = map[string]lockfile.PeerMeta{"z": {Optional: true}}
	})
	w.add("node_modules/z", "1.0.0", nil)
	// self needs an older self.
	w.add("node_modules/self", "2.0.0", nil, depends("self"))
	w.add("node_modules/self/node_modules/self", "1.0.0", nil)
	w.add("node_modules/alias", "1.0.0", nil, depends("real"), func(p *lockfile.Package) { p.Name = "real" })
	root := project(t)
	mustRun(t, w.linkedOptions(root))

	for _, test := range []struct{ from, name, want string }{
		{"", "owner", "owner@1.0.0"},
		{"", "y", "nothing"},
		{"", "alias", "real@1.0.0"},
		{"node_modules/owner", "x", "x@bundled"},
		{"node_modules/owner", "y", "y@1.0.0"},
		{"node_modules/owner/node_modules/x", "y", "y@2.0.0"},
		{"node_modules/owner/node_modules/x", "z", "z@1.0.0"},
		{"node_modules/self", "self", "self@1.0.0"},
		{"node_modules/alias", "real", "real@1.0.0"},
	} {
		if got := found(t, filepath.Join(root, test.from), test.name); got != test.want {
			t.Errorf("%q finds %s as %s, want %s", test.from, test.name, got, test.want)
		}
	}
	// y has its optional peer, which is in none of its lists, since z is there.
	y, err := filepath.EvalSymlinks(filepath.Join(root, "node_modules/owner"))
	if err != nil {
		t.Fatal(err)
	}
	if got := found(t, filepath.Join(y, "../y"), "z"); got != "z@1.0.0" {
		t.Errorf("y finds %s", got)
	}
}

// TestLinkedLooksAtDirectOnly takes everything away from the virtual store but
// what the project links to itself: a second install trusts that it is whole,
// and does not look. That is what makes it nearly free.
func TestLinkedLooksAtDirectOnly(t *testing.T) {
	w, root := sample(t), project(t)
	o := w.linkedOptions(root)
	mustRun(t, o)
	keys, err := o.Virtual.Keys()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		packages, err := o.Virtual.Listed(key)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(slices.Collect(maps.Values(packages)), filepath.Join(o.Virtual.Path(key), "node_modules/c")) {
			if err := os.RemoveAll(o.Virtual.Path(key)); err != nil {
				t.Fatal(err)
			}
		}
	}
	other := filepath.Join(filepath.Dir(root), "other")
	writeFile(t, filepath.Join(other, "package.json"), `{"name":"project","version":"1.0.0"}`)
	o.Root, o.Fetcher = other, nil
	mustRun(t, o)
	after, err := o.Virtual.Keys()
	if err != nil || len(after) != len(keys)-2 {
		t.Errorf("there are %d entries, %v; want %d", len(after), err, len(keys)-2)
	}
	// Verify is for that, and takes what led there.
	damage, err := VerifyVirtual(context.Background(), o.Virtual)
	if err != nil || len(damage) != 2 {
		t.Fatalf("verify found %v, %v", damage, err)
	}
	if _, err := o.Virtual.Remove(context.Background(), []string{damage[0].Key, damage[1].Key}); err != nil {
		t.Fatal(err)
	}
	if UpToDate(o) {
		t.Error("up to date with links that lead nowhere")
	}
	o.Fetcher = w
	mustRun(t, o)
	if got := found(t, filepath.Join(other, "node_modules/a"), "c"); got != "c@2.0.0" {
		t.Errorf("a finds %s", got)
	}
}

func TestLinkedSharesFiles(t *testing.T) {
	w, root := sample(t), project(t)
	o := w.linkedOptions(root)
	mustRun(t, o)
	stored, err := os.Stat(storedFile(t, o.Unpacked, Key(w.lock.Packages["node_modules/c"]), "index.js"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := filepath.EvalSymlinks(filepath.Join(root, "node_modules/@s/b"))
	if err != nil {
		t.Fatal(err)
	}
	linked, err := os.Stat(filepath.Join(b, "../../c/index.js"))
	if err != nil || !os.SameFile(stored, linked) {
		t.Errorf("the entry's file is not the unpacked store's: %v", err)
	}
	if damage, err := VerifyVirtual(context.Background(), o.Virtual); err != nil || len(damage) > 0 {
		t.Errorf("verify: %v, %v", damage, err)
	}
}

// TestLinkedAndBack switches layouts, and wants nothing of the one in the other.
func TestLinkedAndBack(t *testing.T) {
	w, root := sample(t), project(t)
	hoisted, linked := w.options(root), w.linkedOptions(root)
	var want [2]string
	for round := range 3 {
		for i, o := range []Options{hoisted, linked} {
			mustRun(t, o)
			got := tree(t, root)
			if round == 0 {
				want[i] = got
			} else if got != want[i] {
				t.Errorf("round %d, layout %d: %s", round, i, difference(got, want[i]))
			}
			if !UpToDate(o) {
				t.Errorf("round %d, layout %d: not up to date", round, i)
			}
		}
	}
}

// TestLinkedFailure wants an install that cannot have a package to change
// nothing, and one that can do without it to leave it out of what has it.
func TestLinkedFailure(t *testing.T) {
	w, root := sample(t), project(t)
	o := w.linkedOptions(root)
	mustRun(t, o)
	want := tree(t, root)
	more := w.fork()
	more.lock.Packages[""].Dependencies = map[string]string{"a": "1", "@s/b": "1", "d": "1"}
	more.add("node_modules/d", "1.0.0", nil, func(p *lockfile.Package) {
		p.OptionalDependencies = map[string]string{"e": "1"}
	})
	more.add("node_modules/e", "1.0.0", nil)
	more.fail = map[string]error{"node_modules/e": errors.New("gone")}
	o.Lock, o.Fetcher = more.lock, more
	if _, err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Fatalf("Run: %v", err)
	}
	if got := tree(t, root); got != want {
		t.Errorf("after the failure: %s", difference(got, want))
	}
	more.lock.Packages["node_modules/e"].Optional = true
	res := mustRun(t, o)
	if len(res.Skipped) != 1 || found(t, filepath.Join(root, "node_modules/d"), "e") != "nothing" {
		t.Errorf("skipped %v, d finds %s", res.Skipped, found(t, filepath.Join(root, "node_modules/d"), "e"))
	}
	if drafts, err := filepath.Glob(o.Virtual.Path(".tmp-*")); err != nil || len(drafts) > 0 {
		t.Errorf("drafts are left: %v, %v", drafts, err)
	}
}

func TestLinkedWithoutDigest(t *testing.T) {
	w := newWorld(t)
	w.lock.Packages[""].Dependencies = map[string]string{"a": "file:a.tgz"}
	pkg := w.add("node_modules/a", "1.0.0", nil)
	bytes := w.data[pkg.CID]
	pkg.CID, pkg.Integrity, pkg.Resolved = "", "", "file:a.tgz"
	w.data[""] = bytes
	root := project(t)
	o := w.linkedOptions(root)
	mustRun(t, o)
	first, err := os.Readlink(filepath.Join(root, "node_modules/a"))
	if err != nil {
		t.Fatal(err)
	}
	// Another tarball by the same name is another entry.
	other := newWorld(t)
	changed := other.add("node_modules/a", "1.0.0", files{"more.js": ""})
	w.data[""] = other.data[changed.CID]
	mustRun(t, o)
	if second, err := os.Readlink(filepath.Join(root, "node_modules/a")); err != nil || second == first {
		t.Errorf("the link still leads to %s: %v", second, err)
	}
}

// TestLinkedHostile gives a package a dependency whose name is a path through
// another one.
func TestLinkedHostile(t *testing.T) {
	w := newWorld(t)
	w.lock.Packages[""].Dependencies = map[string]string{"a": "*", "b": "*", "b/node_modules/c": "*"}
	w.add("node_modules/a", "1.0.0", nil, depends("b", "b/node_modules/c"))
	w.add("node_modules/b", "1.0.0", nil)
	w.add("node_modules/b/node_modules/c", "1.0.0", nil)
	root := project(t)
	mustRun(t, w.linkedOptions(root))
	b, err := filepath.EvalSymlinks(filepath.Join(root, "node_modules/b"))
	if err != nil {
		t.Fatal(err)
	}
	if exists(filepath.Join(b, "node_modules")) {
		t.Error("a package was put into the entry of another")
	}
}

// TestLinkedContradiction wants a lockfile whose integrity is not that of the
// content which its CID names to be refused, though the entry is there.
func TestLinkedContradiction(t *testing.T) {
	w, root := sample(t), project(t)
	o := w.linkedOptions(root)
	mustRun(t, o)
	other := w.fork()
	a := *other.lock.Packages["node_modules/a"]
	a.Integrity = other.lock.Packages["node_modules/c"].Integrity
	other.lock.Packages["node_modules/a"] = &a
	o.Lock = other.lock
	_, err := Run(context.Background(), o)
	if _, ok := errors.AsType[*ContentError](err); !ok {
		t.Errorf("Run: %v", err)
	}
}

// BenchmarkLinkedAgain is an install whose entries are all there, as of a second
// checkout, for a lockfile of two thousand packages.
func BenchmarkLinkedAgain(b *testing.B) {
	w := newWorld(b)
	w.lock.Packages[""].Dependencies = map[string]string{"p0": "*", "p1": "*", "p2": "*"}
	for i := range 2000 {
		w.add(fmt.Sprintf("node_modules/p%d", i), "1.0.0", nil,
			depends(fmt.Sprintf("p%d", i*2+1), fmt.Sprintf("p%d", i*2+2), fmt.Sprintf("p%d", i+7)))
	}
	root := project(b)
	o := w.linkedOptions(root)
	if _, err := Run(context.Background(), o); err != nil {
		b.Fatal(err)
	}
	o.Fetcher = nil
	for n := 0; b.Loop(); n++ {
		o.Root = filepath.Join(filepath.Dir(root), fmt.Sprint("again", n))
		if err := os.MkdirAll(o.Root, 0o755); err != nil {
			b.Fatal(err)
		}
		if _, err := Run(context.Background(), o); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLinkedHeld wants an install that extracts for itself alone to leave the
// same entries as one that links from the unpacked store, and in that only what
// the entries could not have for themselves.
func TestLinkedHeld(t *testing.T) {
	w := newWorld(t)
	w.lock.Packages[""].Dependencies = map[string]string{"a": "*", "b": "*"}
	// Two entries share the content of peer: it finds another a in each.
	w.add("node_modules/a", "1.0.0", nil)
	shared := w.add("node_modules/peer", "1.0.0", nil, depends("a"))
	w.add("node_modules/b", "1.0.0", nil, depends("a", "peer", "@s/bins"))
	w.add("node_modules/b/node_modules/a", "2.0.0", nil)
	w.lock.Packages["node_modules/b/node_modules/peer"] = shared
	w.lock.Packages[""].Dependencies["peer"] = "*"
	w.add("node_modules/@s/bins", "1.0.0", files{"cli": "#!/usr/bin/env node\r\n"}, func(p *lockfile.Package) {
		p.Bin = map[string]string{"cli": "cli"}
	})
	unused := w.add("node_modules/unused", "1.0.0", nil)
	delete(w.lock.Packages, "node_modules/unused")
	renamed := w.add("node_modules/renamed", "1.0.0", files{"lib/x.js": "x"})
	w.lock.Packages[""].Dependencies["renamed"] = "*"

	plain := w.linkedOptions(project(t))
	mustRun(t, plain)
	held := w.linkedOptions(project(t))
	held.Unpacked = OpenUnpacked(filepath.Join(t.TempDir(), "store"))
	held.Unpacked.Hold()
	for key, name := range map[string]string{unused.CID: "@s/unused", renamed.CID: "@s/by-another-name"} {
		if err := held.Unpacked.Put(t.Context(), key, Tarball{Data: w.data[key], Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	mustRun(t, held)
	if got, want := tree(t, held.Virtual.Path("")), tree(t, plain.Virtual.Path("")); got != want {
		t.Errorf("other entries: %s", difference(got, want))
	}
	for _, o := range []Options{plain, held} {
		if damage, err := VerifyVirtual(t.Context(), o.Virtual); err != nil || len(damage) > 0 {
			t.Errorf("%v, %v", damage, err)
		}
	}
	keys, err := OpenUnpacked(held.Unpacked.Dir()).Keys()
	slices.Sort(keys)
	want := []string{shared.CID, unused.CID, renamed.CID}
	slices.Sort(want)
	if err != nil || !slices.Equal(keys, want) {
		t.Errorf("the unpacked store has %v, want %v: %v", keys, want, err)
	}
	if litter, _ := filepath.Glob(filepath.Join(held.Unpacked.Dir(), "tmp-*")); len(litter) > 0 {
		t.Errorf("left behind: %v", litter)
	}
}

package install

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/lockfile"
)

// TestAdmits follows the rules of npm-install-checks.
func TestAdmits(t *testing.T) {
	for _, c := range []struct {
		list  string
		value string
		want  bool
	}{
		{"", "linux", true},
		{"any", "linux", true},
		{"linux", "linux", true},
		{"darwin", "linux", false},
		{"darwin linux", "linux", true},
		{"!win32", "linux", true},
		{"!linux", "linux", false},
		{"!win32 !linux", "linux", false},
		{"!win32 !darwin", "linux", true},
		{"!win32 darwin", "linux", false},
		{"!win32 linux", "linux", true},
		{"any darwin", "linux", false},
	} {
		if got := admits(strings.Fields(c.list), c.value); got != c.want {
			t.Errorf("admits(%q, %q) = %v", c.list, c.value, got)
		}
	}
	musl := &lockfile.Package{Libc: []string{"musl"}}
	if (Platform{OS: "darwin", CPU: "x64"}).supports(musl) || !(Platform{OS: "linux", Libc: "musl"}).supports(musl) {
		t.Error("libc is not matched as npm does")
	}
}

func TestLibcUnder(t *testing.T) {
	for want, file := range map[string]string{
		"musl":  "lib/ld-musl-x86_64.so.1",
		"glibc": "lib64/ld-linux-x86-64.so.2",
		"":      "lib/other",
	} {
		root := t.TempDir()
		writeFile(t, filepath.Join(root, file), "")
		if got := libcUnder(root); got != want {
			t.Errorf("with %s: %q, want %q", file, got, want)
		}
		if want != "" {
			writeFile(t, filepath.Join(root, "usr/bin/ldd"), "#!/bin/sh\nmusl libc")
			if got := libcUnder(root); got != "musl" {
				t.Errorf("with musl's ldd: %q", got)
			}
		}
	}
}

func TestDetect(t *testing.T) {
	p := Detect()
	if p.OS == "" || p.CPU == "" || p.OS == "linux" && p.Libc == "" {
		t.Errorf("Detect() = %+v", p)
	}
	if got := (Platform{OS: "win32"}).OrDetected(); got.Libc != "" || got.CPU != p.CPU {
		t.Errorf("a foreign platform: %+v", got)
	}
}

// optional marks an entry as reached only through optional dependencies.
func optional(p *lockfile.Package) { p.Optional = true }

// platformWorld: the root optionally depends on native (which needs helper,
// which is for another platform) and on fits (which shares lib with native and
// has a leaf of its own).
func platformWorld(t *testing.T) *world {
	w := newWorld(t)
	w.lock.Packages[""].OptionalDependencies = map[string]string{"native": "1", "fits": "1"}
	w.add("node_modules/native", "1.0.0", nil, optional, func(p *lockfile.Package) {
		p.Dependencies = map[string]string{"helper": "1", "lib": "1", "leaf": "1"}
	})
	w.add("node_modules/helper", "1.0.0", nil, optional, func(p *lockfile.Package) { p.OS = []string{"win32"} })
	w.add("node_modules/lib", "1.0.0", nil, optional)
	w.add("node_modules/leaf", "1.0.0", nil, optional, func(p *lockfile.Package) {
		p.Dependencies = map[string]string{"leafleaf": "1"}
	})
	w.add("node_modules/leafleaf", "1.0.0", nil, optional)
	w.add("node_modules/native/node_modules/own", "1.0.0", nil, optional)
	w.add("node_modules/fits", "1.0.0", nil, optional, func(p *lockfile.Package) {
		p.Dependencies = map[string]string{"lib": "1"}
	})
	return w
}

func installedIn(t *testing.T, root string) []string {
	t.Helper()
	s, err := readState(root)
	if err != nil || s == nil {
		return nil
	}
	var locs []string
	for _, loc := range slices.Sorted(maps.Keys(s.Packages)) {
		if !exists(filepath.Join(root, loc)) {
			t.Errorf("%s is in the state and not on the disk", loc)
		}
		locs = append(locs, strings.TrimPrefix(loc, "node_modules/"))
	}
	return locs
}

func TestOptionalPlatform(t *testing.T) {
	w, root := platformWorld(t), project(t)
	o := w.options(root)
	res := mustRun(t, o)
	if got := installedIn(t, root); !slices.Equal(got, []string{"fits", "lib"}) {
		t.Errorf("installed %v", got)
	}
	if len(res.Skipped) != 1 || res.Skipped[0].Name != "helper" {
		t.Errorf("skipped %+v", res.Skipped)
	}
	o.Platform.OS = "win32"
	if UpToDate(o) {
		t.Error("up to date for another platform")
	}
	mustRun(t, o)
	if got := installedIn(t, root); len(got) != 7 {
		t.Errorf("on win32 installed %v", got)
	}
	o.Platform.OS = "linux"
	mustRun(t, o)
	if got := installedIn(t, root); !slices.Equal(got, []string{"fits", "lib"}) {
		t.Errorf("back on linux installed %v", got)
	}
	o.Force = true // is for what cannot be left out
	mustRun(t, o)
	if got := installedIn(t, root); !slices.Equal(got, []string{"fits", "lib"}) {
		t.Errorf("with force installed %v", got)
	}
}

// TestOptionalEngines leaves out an optional package that does not run on this
// Node, and no other.
func TestOptionalEngines(t *testing.T) {
	w, root := platformWorld(t), project(t)
	o := w.options(root)
	o.Platform.OS = "win32"
	o.Engines = func(pkg *lockfile.Package) error {
		if pkg == w.lock.Packages["node_modules/helper"] {
			return errors.New("too old a Node")
		}
		return nil
	}
	res := mustRun(t, o)
	if got := installedIn(t, root); !slices.Equal(got, []string{"fits", "lib"}) {
		t.Errorf("installed %v", got)
	}
	if len(res.Skipped) != 1 || res.Skipped[0].Name != "helper" {
		t.Errorf("skipped %+v", res.Skipped)
	}
}

func TestPlatformError(t *testing.T) {
	w, root := newWorld(t), project(t)
	w.add("node_modules/native", "1.0.0", nil, func(p *lockfile.Package) { p.OS, p.CPU = []string{"darwin"}, []string{"arm64"} })
	_, err := Run(t.Context(), w.options(root))
	e, ok := errors.AsType[*PlatformError](err)
	if !ok || e.Name != "native" || !strings.Contains(err.Error(), "EBADPLATFORM") || !strings.Contains(err.Error(), "os darwin, cpu arm64") {
		t.Errorf("err = %v", err)
	}
	if exists(filepath.Join(root, modules)) {
		t.Error("node_modules was made")
	}
}

// TestOptionalFetch leaves out an optional package whose tarball cannot be
// had, but never one whose content is wrong.
func TestOptionalFetch(t *testing.T) {
	w, root := platformWorld(t), project(t)
	w.lock.Packages["node_modules/helper"].OS = nil
	w.fail["node_modules/helper"] = errors.New("gone")
	res := mustRun(t, w.options(root))
	if got := installedIn(t, root); !slices.Equal(got, []string{"fits", "lib"}) {
		t.Errorf("installed %v, skipped %+v", got, res.Skipped)
	}
	delete(w.fail, "node_modules/helper")
	o := w.options(root)
	mustRun(t, o)
	if got := installedIn(t, root); len(got) != 7 {
		t.Errorf("once it can be had: %v", got)
	}
	w.lock.Packages["node_modules/leaf"].Integrity = w.lock.Packages["node_modules/lib"].Integrity
	o.Clean = true
	if _, err := Run(t.Context(), o); !isContentError(err) {
		t.Errorf("err = %v", err)
	}
}

func isContentError(err error) bool {
	_, ok := errors.AsType[*ContentError](err)
	return ok
}

func TestOmit(t *testing.T) {
	w := newWorld(t)
	w.add("node_modules/prod", "1.0.0", nil)
	w.add("node_modules/dev", "1.0.0", nil, func(p *lockfile.Package) { p.Dev = true })
	w.add("node_modules/opt", "1.0.0", nil, optional)
	w.add("node_modules/both", "1.0.0", nil, func(p *lockfile.Package) { p.DevOptional = true })
	w.add("node_modules/peer", "1.0.0", nil, func(p *lockfile.Package) { p.Peer = true })
	root := project(t)
	o := w.options(root)
	for omit, want := range map[string]string{
		"":                  "both dev opt peer prod",
		"dev":               "both opt peer prod",
		"optional":          "both dev peer prod",
		"dev,optional":      "peer prod",
		"peer":              "both dev opt prod",
		"dev,optional,peer": "prod",
	} {
		o.Omit = strings.FieldsFunc(omit, func(r rune) bool { return r == ',' })
		mustRun(t, o)
		if got := strings.Join(installedIn(t, root), " "); got != want {
			t.Errorf("without %s: %s, want %s", omit, got, want)
		}
	}
}

func TestParsePlace(t *testing.T) {
	for loc, want := range map[string]place{
		"node_modules/a":                   {loc: "node_modules/a", dir: "node_modules", name: "a", depth: 1},
		"node_modules/@s/b/node_modules/c": {loc: "node_modules/@s/b/node_modules/c", dir: "node_modules/@s/b/node_modules", parent: "node_modules/@s/b", name: "c", depth: 2},
		"packages/x/node_modules/@s/b":     {loc: "packages/x/node_modules/@s/b", base: "packages/x", dir: "packages/x/node_modules", parent: "packages/x", name: "@s/b", depth: 1},
		"../lib/node_modules/d":            {loc: "../lib/node_modules/d", base: "../lib", dir: "../lib/node_modules", parent: "../lib", name: "d", depth: 1},
	} {
		got, inModules, err := parsePlace(loc)
		if err != nil || !inModules || got != want {
			t.Errorf("%s: %+v %v", loc, got, err)
		}
	}
}

// hostile are locations and links that must not be installed.
func hostile() map[string]lockfile.Package {
	cid := strings.Repeat("b", 30)
	return map[string]lockfile.Package{
		"node_modules/../../x":              {CID: cid},
		"node_modules/..":                   {CID: cid},
		"node_modules/.":                    {CID: cid},
		"node_modules/":                     {CID: cid},
		"node_modules":                      {CID: cid},
		"node_modules/@s":                   {CID: cid},
		"node_modules/@/x":                  {CID: cid},
		"node_modules/.bin":                 {CID: cid},
		"node_modules/.ipnpm-state":         {CID: cid},
		"node_modules/@s/.x":                {CID: cid},
		"node_modules/node_modules":         {CID: cid},
		"node_modules/a/b":                  {CID: cid},
		"node_modules/a/lib/node_modules/b": {CID: cid},
		"/node_modules/a":                   {CID: cid},
		"node_modules//a":                   {CID: cid},
		"node_modules/a\\..\\..\\b":         {CID: cid},
		"node_modules/a:b":                  {CID: cid},
		"node_modules/a\x00b":               {CID: cid},
		"../evil/node_modules/a":            {CID: cid},
		"x/../../evil/node_modules/a":       {CID: cid},
		".git/hooks/node_modules/a":         {CID: cid},
		"node_modules/out":                  {Link: true, Resolved: "../../etc"},
		"node_modules/abs":                  {Link: true, Resolved: "/etc"},
		"node_modules/into":                 {Link: true, Resolved: "node_modules/a"},
		"node_modules/key":                  {CID: "../../../../tmp/evil"},
	}
}

func TestHostileLocations(t *testing.T) {
	for loc, pkg := range hostile() {
		w, root := newWorld(t), project(t)
		w.lock.Packages[loc] = &pkg
		before := tree(t, filepath.Dir(root))
		_, err := Run(t.Context(), w.options(root))
		if err == nil {
			t.Errorf("%q %+v was installed", loc, pkg)
		}
		os.RemoveAll(filepath.Join(root, modules))
		if after := tree(t, filepath.Dir(root)); after != before {
			t.Errorf("%q left:\n%s", loc, difference(after, before))
		}
	}
}

// TestOutsideLinks allows what the project asks for, and nothing else.
func TestOutsideLinks(t *testing.T) {
	w, root := newWorld(t), project(t)
	lib := filepath.Join(filepath.Dir(root), "lib")
	writeFile(t, filepath.Join(lib, "package.json"), `{"name":"lib"}`)
	writeFile(t, filepath.Join(lib, "node_modules/theirs/package.json"), `{}`)
	w.lock.Packages["node_modules/lib"] = &lockfile.Package{Link: true, Resolved: "../lib"}
	w.lock.Packages["../lib"] = &lockfile.Package{Name: "lib", Dependencies: map[string]string{"d": "1"}}
	w.add("../lib/node_modules/d", "1.0.0", nil)
	if _, err := Run(t.Context(), w.options(root)); err == nil {
		t.Error("nobody asked for ../lib")
	}
	w.lock.Packages[""].Dependencies = map[string]string{"lib": "file:../lib"}
	mustRun(t, w.options(root))
	if text, err := os.Readlink(filepath.Join(root, "node_modules/lib")); text != "../../lib" {
		t.Errorf("link to %q %v", text, err)
	}
	for _, path := range []string{"node_modules/d/index.js", "node_modules/theirs/package.json"} {
		if !exists(filepath.Join(lib, path)) {
			t.Errorf("%s is not there", path)
		}
	}
	delete(w.lock.Packages, "../lib/node_modules/d")
	mustRun(t, w.options(root))
	if exists(filepath.Join(lib, "node_modules/d")) || !exists(filepath.Join(lib, "node_modules/theirs")) {
		t.Error("outside, not exactly the own package was removed")
	}
}

// TestWorkspaceLinkedOutside refuses to write through a workspace that is a
// link out of the project.
func TestWorkspaceLinkedOutside(t *testing.T) {
	w, root := newWorld(t), project(t)
	outer := t.TempDir()
	os.MkdirAll(filepath.Join(root, "packages"), 0o755)
	if err := os.Symlink(outer, filepath.Join(root, "packages/x")); err != nil {
		t.Fatal(err)
	}
	w.lock.Packages["packages/x"] = &lockfile.Package{Name: "x"}
	w.add("packages/x/node_modules/d", "1.0.0", nil)
	_, err := Run(t.Context(), w.options(root))
	if _, ok := errors.AsType[*LocationError](err); !ok {
		t.Errorf("err = %v", err)
	}
	if entries, _ := os.ReadDir(outer); len(entries) > 0 {
		t.Errorf("written outside: %v", entries)
	}
}

func FuzzParsePlace(f *testing.F) {
	for loc := range hostile() {
		f.Add(loc)
	}
	f.Add("packages/x/node_modules/@s/b/node_modules/c")
	f.Fuzz(func(t *testing.T, loc string) {
		p, inModules, err := parsePlace(loc)
		if err != nil || !inModules {
			return
		}
		if p.loc != loc || p.dir+"/"+p.name != loc || !strings.HasPrefix(loc, p.base) || p.depth < 1 {
			t.Errorf("%q is taken apart as %+v", loc, p)
		}
		if !outside(p.base) && !filepath.IsLocal(loc) {
			t.Errorf("%q leaves the project", loc)
		}
		if again, ok, err := parsePlace(p.parent); p.depth > 1 && (err != nil || !ok || again.depth != p.depth-1) {
			t.Errorf("the parent of %q is %q", loc, p.parent)
		}
	})
}

// TestExtraneous leaves out what nothing leads to any more, and not what an
// optional peer leads to.
func TestExtraneous(t *testing.T) {
	w, root := newWorld(t), project(t)
	w.add("node_modules/a", "1.0.0", nil, func(p *lockfile.Package) {
		p.PeerDependencies = map[string]string{"peer": "1"}
		p.PeerDependenciesMeta = map[string]lockfile.PeerMeta{"peer": {Optional: true}}
	})
	w.add("node_modules/peer", "1.0.0", nil, func(p *lockfile.Package) { p.Extraneous = true })
	w.add("node_modules/left", "1.0.0", nil, func(p *lockfile.Package) { p.Extraneous = true })
	mustRun(t, w.options(root))
	if exists(filepath.Join(root, "node_modules/left")) || !exists(filepath.Join(root, "node_modules/a")) {
		t.Error("what nobody needs is there, or what is needed is not")
	}
	if !exists(filepath.Join(root, "node_modules/peer")) {
		t.Error("what an optional peer leads to is not there")
	}
}

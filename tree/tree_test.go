package tree

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// write makes the files of an archive, and links where "-> target" is all that
// a file has.
func write(t *testing.T, dir, archive string) {
	t.Helper()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		at := filepath.Join(dir, f.Name)
		err := os.MkdirAll(filepath.Dir(at), 0o755)
		if target, isLink := strings.CutPrefix(strings.TrimSpace(string(f.Data)), "-> "); isLink && err == nil {
			err = os.Symlink(target, at)
		} else if err == nil {
			err = os.WriteFile(at, f.Data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// options are those of a project that was written.
func options(t *testing.T, dir string, lock string) Options {
	t.Helper()
	file, err := manifest.Load(filepath.Join(dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Dir: dir, Root: file.Manifest}
	if o.Workspaces, err = manifest.FindWorkspaces(dir, file.Manifest.Workspaces); err != nil {
		t.Fatal(err)
	}
	if lock != "" {
		if o.Lock, err = lockfile.Parse([]byte(lock)); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// lines are a graph as text: each node with its flags, and its edges.
func lines(g *Graph) string {
	var b strings.Builder
	for _, n := range g.Nodes {
		fmt.Fprintf(&b, "/%s %s", n.Location, n.ID())
		for _, flag := range [...]struct {
			word string
			is   bool
		}{
			{" extraneous", n.Extraneous},
			{" workspace", n.Workspace},
			{" link", n.Target != nil},
			{" bundled", n.InBundle},
			{" overridden", n.Overridden},
		} {
			if flag.is {
				b.WriteString(flag.word)
			}
		}
		b.WriteByte('\n')
		for _, e := range n.Out {
			to := "nothing"
			if e.To != nil {
				to = "/" + e.To.Location
			}
			fmt.Fprintf(&b, "  %s %s@%s %s", e.Kind, e.Name, strings.Replace(e.Spec, g.Dir, "$DIR", 1), to)
			if e.Problem != "" {
				fmt.Fprintf(&b, " %s", e.Problem)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func compare(t *testing.T, g *Graph, want string) {
	t.Helper()
	if got := lines(g); got != strings.TrimPrefix(want, "\n") {
		t.Errorf("got\n%swant%s", got, want)
	}
}

func TestReadHoisted(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, `
-- package.json --
{"name": "p", "version": "1.0.0", "workspaces": ["packages/*"], "overrides": {"deep": "2.0.0"},
 "dependencies": {"a": "^1.0.0", "gone": "1", "x": "npm:y@^1.0.0"}, "optionalDependencies": {"maybe": "1"}}
-- packages/w/package.json --
{"name": "w", "version": "1.0.0", "dependencies": {"a": "^2.0.0"}, "devDependencies": {"tool": "1"}}
-- node_modules/w --
-> ../packages/w
-- node_modules/a/package.json --
{"name": "a", "version": "1.2.0", "dependencies": {"deep": "^1.0.0", "in": "1"}, "bundledDependencies": ["in"]}
-- node_modules/a/node_modules/in/package.json --
{"name": "in", "version": "1.0.0"}
-- node_modules/deep/package.json --
{"name": "deep", "version": "2.0.0"}
-- node_modules/x/package.json --
{"name": "y", "version": "1.0.0"}
-- node_modules/@s/left/package.json --
{"name": "@s/left", "version": "1.0.0", "devDependencies": {"never": "1"}}
-- node_modules/.cache/z/package.json --
{"name": "z"}
-- node_modules/broken --
-> nowhere
`)
	g, err := Read(t.Context(), options(t, dir, ""))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, g, `
/ p@1.0.0
  prod a@^1.0.0 /node_modules/a
  prod gone@1 nothing MISSING
  optional maybe@1 nothing
  workspace w@file:$DIR/packages/w /node_modules/w
  prod x@npm:y@^1.0.0 /node_modules/x
/node_modules/@s/left @s/left@1.0.0 extraneous
/node_modules/a a@1.2.0
  prod deep@2.0.0 /node_modules/deep
  prod in@1 /node_modules/a/node_modules/in
/node_modules/a/node_modules/in in@1.0.0 bundled
/node_modules/deep deep@2.0.0 overridden
/node_modules/w w@1.0.0 workspace link
/node_modules/x x@npm:y@1.0.0
/packages/w w@1.0.0 workspace
  prod a@^2.0.0 /node_modules/a INVALID
  dev tool@1 nothing MISSING
`)
}

// linkedLock is a lockfile whose packages are in a virtual store, of which c,
// for another platform, is not.
const linkedLock = `{"name": "p", "lockfileVersion": 1, "packages": {
"": {"name": "p", "dependencies": {"a": "^1.0.0", "gone": "1"}},
"node_modules/a": {"version": "1.0.0", "dependencies": {"b": "1", "in": "1"}, "optionalDependencies": {"c": "1"}, "bundleDependencies": ["in"]},
"node_modules/a/node_modules/in": {"version": "1.0.0", "inBundle": true},
"node_modules/b": {"version": "1.0.0", "dependencies": {"a": "1"}},
"node_modules/c": {"version": "1.0.0", "optional": true},
"node_modules/gone": {"version": "1.0.0"}}}`

func TestReadLinked(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, `
-- p/package.json --
{"name": "p", "dependencies": {"a": "^1.0.0", "gone": "1"}}
-- p/node_modules/a --
-> ../../cache/.store/1/node_modules/a
-- cache/.store/1/node_modules/a/package.json --
{"name": "a", "version": "1.0.0"}
-- cache/.store/1/node_modules/a/node_modules/in/package.json --
{"name": "in", "version": "1.0.0"}
-- cache/.store/1/node_modules/b --
-> ../../2/node_modules/b
-- cache/.store/2/node_modules/b/package.json --
{"name": "b", "version": "1.0.0"}
-- cache/.store/2/node_modules/a --
-> ../../1/node_modules/a
`)
	g, err := Read(t.Context(), options(t, filepath.Join(dir, "p"), linkedLock))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, g, `
/ p@
  prod a@^1.0.0 /node_modules/a
  prod gone@1 nothing MISSING
/node_modules/a a@1.0.0
  prod b@1 /node_modules/b
  optional c@1 nothing
  prod in@1 /node_modules/a/node_modules/in
/node_modules/a/node_modules/in in@1.0.0 bundled
/node_modules/b b@1.0.0
  prod a@1 /node_modules/a
`)
	if text, err := g.At("node_modules/b").PackageJSON(); err != nil || !strings.Contains(string(text), `"b"`) {
		t.Errorf("b's package.json: %v %s", err, text)
	}
}

func TestLocked(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, `
-- package.json --
{"name": "p", "dependencies": {"a": "^2.0.0", "gone": "1"}}
`)
	g, err := Locked(t.Context(), options(t, dir, linkedLock))
	if err != nil {
		t.Fatal(err)
	}
	if e := g.Root.Edge("a"); e.Problem != Invalid || e.To != g.At("node_modules/a") {
		t.Errorf("a: %+v", e)
	}
	if c := g.At("node_modules/c"); c == nil || !c.Optional || len(c.In) != 1 {
		t.Errorf("c: %+v", c)
	}
}

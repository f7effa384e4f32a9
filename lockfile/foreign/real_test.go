package foreign

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// real are the lockfiles that testdata/make/make.sh had the real tools write.
func real(t testing.TB) map[string]string {
	t.Helper()
	found, err := filepath.Glob("testdata/locks/*/*.edges")
	if err != nil || len(found) < 3 {
		t.Fatalf("lockfiles in testdata: %d, %v", len(found), err)
	}
	list := make(map[string]string)
	for _, edges := range found {
		project := strings.TrimSuffix(filepath.Base(edges), ".edges")
		files, err := filepath.Glob(filepath.Join(filepath.Dir(edges), project+".*lock*"))
		if err != nil || len(files) != 1 {
			t.Fatalf("%s: lockfiles %v, %v", edges, files, err)
		}
		if !strings.HasSuffix(files[0], "package-lock.json") {
			list[files[0]] = edges
		}
	}
	return list
}

// lockName is the name that a lockfile in testdata had beside its project.
func lockName(file string) string {
	_, name, _ := strings.Cut(filepath.Base(file), ".")
	return name
}

// projectOf reads the project of testdata that a lockfile belongs to.
func projectOf(t testing.TB, file string) Project {
	t.Helper()
	name, _, _ := strings.Cut(filepath.Base(file), ".")
	dir := filepath.Join("testdata/projects", name)
	f, err := manifest.Load(filepath.Join(dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	members, err := manifest.FindWorkspaces(dir, f.Manifest.Workspaces)
	if err != nil {
		t.Fatal(err)
	}
	return Project{Root: f.Manifest, Workspaces: members}
}

// edge is a line of what a tool installed, see testdata/make/walk.js.
type edge struct{ from, name, kind, to string }

func readEdges(t testing.TB, file string) []edge {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []edge
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 4 {
			t.Fatalf("%s: %q", file, line)
		}
		list = append(list, edge{f[0], f[1], f[2], f[3]})
	}
	return list
}

// TestReal reads every real lockfile, and compares each dependency with what
// the tool that wrote it installed.
func TestReal(t *testing.T) {
	for file, edges := range real(t) {
		t.Run(filepath.ToSlash(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			g, err := Parse(lockName(file), data, projectOf(t, file))
			if err != nil {
				t.Fatal(err)
			}
			if len(g.Unmapped) > 0 {
				t.Errorf("unmapped: %q", g.Unmapped)
			}
			compared := 0
			for _, e := range readEdges(t, edges) {
				if e.kind == "peer" || !strings.Contains(e.to[1:], "@") {
					continue
				}
				compared++
				if pins := pinsOf(g, e); !slices.Contains(pins, e.to) {
					t.Errorf("%s > %s: the lockfile has %q, installed is %s", e.from, e.name, pins, e.to)
				}
			}
			if compared < 80 {
				t.Errorf("only %d dependencies compared", compared)
			}
		})
	}
}

func pinsOf(g *lockfile.Graph, e edge) []string {
	var list []lockfile.Pin
	if name, version, ok := splitAt(e.from); ok {
		list = g.Package(name, version, e.name)
	} else {
		list = g.Folder(strings.TrimPrefix(e.from, "."), e.name)
	}
	var ids []string
	for _, p := range list {
		ids = append(ids, p.Name+"@"+p.Version)
	}
	return ids
}

package query

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/tree"
)

// npmTree is the project that npm's tests query, read from disk.
func npmTree(t *testing.T) *tree.Graph {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "npm.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range archive.Files {
		at := filepath.Join(dir, filepath.FromSlash(f.Name))
		err := os.MkdirAll(filepath.Dir(at), 0o755)
		if target, isLink := strings.CutPrefix(strings.TrimSpace(string(f.Data)), "-> "); isLink {
			err = errors.Join(err, os.Symlink(target, at))
		} else {
			err = errors.Join(err, os.WriteFile(at, f.Data, 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	file, err := manifest.Load(filepath.Join(dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	o := tree.Options{Dir: dir, Root: file.Manifest}
	if o.Workspaces, err = manifest.FindWorkspaces(dir, file.Manifest.Workspaces); err != nil {
		t.Fatal(err)
	}
	g, err := tree.Read(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// npmVersions are what the registry of npm's tests has beyond what is installed.
func npmVersions(_ context.Context, name string) ([]string, error) {
	return map[string][]string{
		"abbrev": {"1.1.1", "1.2.0"}, "bar": {"1.4.0", "2.0.0"}, "baz": {"1.0.0", "1.0.1"},
		"dash-separated-pkg": {"1.0.0", "2.0.0"},
	}[name], nil
}

// ids are the packages found, as npm's tests list them: once each.
func ids(nodes []*tree.Node) []string {
	var out []string
	for _, n := range nodes {
		if id := n.ID(); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// TestAsNPM plays the cases of npm's own tests: a query a line, and below it,
// indented, what npm finds. It lacks :invalid, since a dist-tag is met by what
// a registry has, and npm wants its address written down.
func TestAsNPM(t *testing.T) {
	g := npmTree(t)
	data, err := os.ReadFile(filepath.Join("testdata", "npm.txt"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"); len(lines) > 0; n++ {
		text := lines[0]
		lines = lines[1:]
		var want []string
		for len(lines) > 0 && strings.HasPrefix(lines[0], "\t") {
			want = append(want, lines[0][1:])
			lines = lines[1:]
		}
		q, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		found, err := q.Select(t.Context(), g, Options{Versions: npmVersions})
		if got := ids(found); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s (%v)\ngot  %v\nwant %v", text, err, got, want)
		}
	}
	if n < 150 {
		t.Errorf("only %d cases", n)
	}
}

func TestScope(t *testing.T) {
	g := npmTree(t)
	for text, want := range map[string][]string{
		":scope":     {"foo@2.2.2"},
		":scope > *": {"dash-separated-pkg@1.0.0", "bar@1.4.0"},
		":root":      {"query-selector-all-tests@1.0.0"},
		"":           nil,
	} {
		q, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		found, err := q.Select(t.Context(), g, Options{Scope: g.At("node_modules/foo")})
		if err != nil || !slices.Equal(ids(found), want) {
			t.Errorf("%s: %v %v", text, ids(found), err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, code := range map[string]string{
		":foo":                              "EQUERYNOPSEUDO",
		":vuln(cwe)":                        "EQUERYATTR",
		":vuln([license=MIT])":              "EQUERYATTR",
		":vuln([severity^=hi])":             "EQUERYATTR",
		":vuln([severity=high]#a)":          "EQUERYATTR",
		":vuln([severity":                   "EQUERYSYNTAX",
		".foo":                              "EQUERYNODEPTYPE",
		":attr(foo, bar)":                   "EQUERYATTR",
		"node":                              "EQUERYNOSELECTOR",
		":semver(1.0.0, [version], eqqq)":   "EQUERYINVALIDOPERATOR",
		":semver(nope)":                     "EQUERYINVALIDSEMVER",
		":semver([version], [engines])":     "ESEMVERVALUE",
		"#":                                 "EQUERYSYNTAX",
		"[name":                             "EQUERYSYNTAX",
		"#a >":                              "EQUERYSYNTAX",
		"#a)":                               "EQUERYSYNTAX",
		":not(#a":                           "EQUERYSYNTAX",
		strings.Repeat(":not(", 100) + "*":  "EQUERYSYNTAX",
		strings.Repeat(" ", maxQuery) + "*": "EQUERYSYNTAX",
	} {
		_, err := Parse(text)
		var e *Error
		if !errors.As(err, &e) || e.Code() != code {
			t.Errorf("%.40s: %v, want %s", text, err, code)
		}
	}
}

func FuzzParse(f *testing.F) {
	data, err := os.ReadFile(filepath.Join("testdata", "npm.txt"))
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, "\t") {
			f.Add(strings.TrimSuffix(line, "\n"))
		}
	}
	root := &tree.Node{Name: "r", Path: f.TempDir(), RealPath: f.TempDir()}
	a := &tree.Node{Location: "node_modules/a", Name: "a", PackageName: "a", Version: "1.0.0", Parent: root}
	edge := &tree.Edge{From: root, To: a, Name: "a", Spec: "1", Kind: "prod"}
	root.Out, a.In = []*tree.Edge{edge}, []*tree.Edge{edge}
	g := &tree.Graph{Root: root, Nodes: []*tree.Node{root, a}}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Parse(text)
		if err != nil {
			return
		}
		found, err := q.Select(t.Context(), g, Options{Versions: npmVersions})
		if err != nil || len(found) > len(g.Nodes) {
			t.Errorf("%q: %d nodes, %v", text, len(found), err)
		}
	})
}

package manifest

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func foreignOf(t testing.TB, packageJSON string, files map[string]string) (*Foreign, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return ReadForeign(dir, []byte(packageJSON))
}

const pnpmExample = `packages:
  - packages/*
  - '!packages/old'
catalog:
  react: ^18.2.0
  typescript: 5
catalogs:
  react17:
    react: ^17.0.2
  default:
    vite: ~5.4
`

func TestCatalogs(t *testing.T) {
	f, err := foreignOf(t, `{"catalog":{"a":"^1.0.0"},"workspaces":{"packages":["p/*"],"catalogs":{"w":{"b":"2"}}}}`,
		map[string]string{
			"pnpm-workspace.yaml": pnpmExample,
			".yarnrc.yml":         "nodeLinker: node-modules\ncatalog:\n  react: ^18.2.0\n  yarn-only: npm:other@1\n",
		})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"packages/*", "!packages/old"}; !slices.Equal(f.Workspaces, want) {
		t.Errorf("workspaces %q", f.Workspaces)
	}
	m, err := Parse([]byte(`{
		"dependencies": {"react": "catalog:", "typescript": "catalog:default", "plain": "^1"},
		"devDependencies": {"vite": "catalog: ", "a": "catalog:"},
		"peerDependencies": {"b": "catalog:w"},
		"optionalDependencies": {"yarn-only": "Catalog:"},
		"overrides": {"x": {"react@>17": "catalog:react17", ".": "1"}, "react": {".": "catalog:", "y": "2"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	out, err := f.Catalogs.Apply(m)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"react": {out.Dependencies["react"], "^18.2.0"}, "typescript": {out.Dependencies["typescript"], "5"},
		"plain": {out.Dependencies["plain"], "^1"}, "vite": {out.DevDependencies["vite"], "~5.4"},
		"a": {out.DevDependencies["a"], "^1.0.0"}, "b": {out.PeerDependencies["b"], "2"},
		"yarn-only": {out.OptionalDependencies["yarn-only"], "npm:other@1"},
		"overrides": {string(out.Overrides), `{"x": {"react@>17": "^17.0.2", ".": "1"}, "react": {".": "^18.2.0", "y": "2"}}`},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", name, pair[0], pair[1])
		}
	}
	if m.Dependencies["react"] != "catalog:" {
		t.Error("the manifest itself was changed")
	}
	if again, err := f.Catalogs.Apply(out); err != nil || again != out {
		t.Errorf("applied again: %p of %p, %v", again, out, err)
	}
}

func TestCatalogErrors(t *testing.T) {
	f, err := foreignOf(t, `{}`, map[string]string{"pnpm-workspace.yaml": pnpmExample})
	if err != nil {
		t.Fatal(err)
	}
	for deps, want := range map[string][2]string{
		`{"vue": "catalog:"}`:          {"vue@catalog:: no such catalog entry", "there are: default, react17"},
		`{"vite": "catalog:react17"}`:  {"vite@catalog:react17: no such catalog entry", "vite is in the catalog default"},
		`{"react": "catalog:nothing"}`: {"react@catalog:nothing: no such catalog entry", "react is in the catalog default and in react17"},
	} {
		m, err := Parse([]byte(`{"dependencies":` + deps + `}`))
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Catalogs.Apply(m)
		var bad *CatalogError
		if !errors.As(err, &bad) || err.Error() != want[0] || !strings.Contains(bad.Hint(), want[1]) {
			t.Errorf("%s: %v (%v), want %q", deps, err, bad, want)
		}
	}
	if _, err := (Catalogs{}).Spec("a", "catalog:"); !strings.Contains(err.(*CatalogError).Hint(), "pnpm-workspace.yaml") { //nolint:errorlint // it is not wrapped
		t.Errorf("without catalogs: %v", err)
	}
}

func TestForeignErrors(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for _, c := range "bcdefghi" {
		above := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat("*"+above+",", 9), ",") + "]\n"
	}
	for name, test := range map[string]struct {
		packageJSON, yaml, want string
	}{
		"syntax":           {`{}`, "packages: [a\ncatalog: b", "pnpm-workspace.yaml: line "},
		"type":             {`{}`, "packages:\n  a: b\n", "pnpm-workspace.yaml: unmarshal errors:\n  line 2: cannot unmarshal !!map into []string"},
		"duplicate key":    {`{}`, "catalog:\n  a: 1\n  a: 2\n", `"a" already defined`},
		"catalog of names": {`{}`, "catalogs:\n  x: y\n", "cannot unmarshal !!str"},
		"in circles":       {`{}`, "catalog:\n  a: catalog:x\n", `the catalog default has a "catalog:x": an entry cannot refer to a catalog itself`},
		"contradiction":    {`{"catalog":{"a":"1"}}`, "catalog:\n  a: 2\n", `pnpm-workspace.yaml: the catalog default has a "2", and in package.json "1"`},
		"twice default":    {`{"catalog":{"a":"1"},"catalogs":{"default":{"a":"2"}}}`, "", `package.json: the catalog default has a "2"`},
		"too large":        {`{}`, strings.Repeat("#", maxForeign+1), "larger than 1048576 bytes"},
		"alias bomb":       {`{}`, bomb + "catalogs: {x: {y: *i}}\n", "cannot unmarshal !!seq into string"},
	} {
		_, err := foreignOf(t, test.packageJSON, map[string]string{"pnpm-workspace.yaml": test.yaml})
		var bad *ForeignError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestUnheeded(t *testing.T) {
	f, err := foreignOf(t, `{"resolutions":{"a":"1"},"pnpm":{"overrides":{"b":"2"}}}`,
		map[string]string{"pnpm-workspace.yaml": "overrides: {c: '3'}\n"})
	want := []string{`"resolutions" of package.json`, `"pnpm.overrides" of package.json`, `"overrides" of pnpm-workspace.yaml`}
	if err != nil || !slices.Equal(f.Unheeded, want) {
		t.Errorf("%q, %v", f.Unheeded, err)
	}
	if f, err = foreignOf(t, `{"resolutions":{},"pnpm":7,"catalog":[],"catalogs":{"x":1}}`, nil); err != nil || len(f.Unheeded) != 0 {
		t.Errorf("%q, %v", f.Unheeded, err)
	}
}

func TestForeignPatches(t *testing.T) {
	f, err := foreignOf(t, `{"pnpm":{"patchedDependencies":{"a@1.0.0":"a.patch","b":"b.patch"}}}`,
		map[string]string{"pnpm-workspace.yaml": "patchedDependencies:\n  b: other.patch\n  '@s/c@^1': c.patch\n"})
	if want := map[string]string{"a@1.0.0": "a.patch", "b": "other.patch", "@s/c@^1": "c.patch"}; err != nil || !maps.Equal(f.Patches, want) {
		t.Errorf("%q, %v", f.Patches, err)
	}
	if f, err = foreignOf(t, `{}`, map[string]string{"pnpm-workspace.yaml": "patchedDependencies: {a: a.patch}\n"}); err != nil || f.Patches["a"] != "a.patch" {
		t.Errorf("%q, %v", f.Patches, err)
	}
}

func FuzzForeign(f *testing.F) {
	f.Add(`{"catalog":{"a":"^1.0.0"},"workspaces":{"packages":["p/*"],"catalogs":{"w":{"b":"2"}}},"dependencies":{"a":"catalog:"}}`, pnpmExample)
	f.Add(`{"catalogs":{"default":{"a":"1"}},"overrides":{"a":{".":"catalog:"}}}`, "catalog: &c\n  a: 1\ncatalogs: {x: *c}\n")
	f.Add(`{"dependencies":{"react":"catalog:react17"}}`, "catalogs:\n  react17: {react: 17}\n")
	f.Fuzz(func(t *testing.T, packageJSON, yaml string) {
		m, _, err := ParseProject([]byte(packageJSON), "")
		if err != nil {
			return
		}
		foreign := &Foreign{Extensions: &Extensions{}}
		if foreign.addFields([]byte(packageJSON)) != nil || foreign.addFile(pnpmWorkspace, []byte(yaml)) != nil {
			return
		}
		out, err := foreign.Catalogs.Apply(m)
		if err != nil {
			return
		}
		for name, spec := range out.Dependencies {
			if s, err := ParseSpec(name, spec); err == nil && s.Kind == KindCatalog {
				t.Errorf("%s is still %q", name, spec)
			}
		}
		if again, err := foreign.Catalogs.Apply(out); err != nil || again != out {
			t.Errorf("a second time: %v", err)
		}
	})
}

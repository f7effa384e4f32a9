package resolve

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// docsOf makes documents of lines "name@version {manifest}"; the last version
// of a name is latest.
func docsOf(t testing.TB, lines ...string) map[string]json.RawMessage {
	t.Helper()
	w := &world{packages: make(map[string]map[string]map[string]any), tags: make(map[string]string)}
	for _, line := range lines {
		id, text, _ := strings.Cut(line, " ")
		at := strings.LastIndexByte(id, '@')
		name, version := id[:at], id[at+1:]
		m := make(map[string]any)
		if text != "" {
			if err := json.Unmarshal([]byte(text), &m); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
		if w.packages[name] == nil {
			w.packages[name] = make(map[string]map[string]any)
		}
		w.packages[name][version] = m
		w.tags[name] = version
	}
	return w.docs(t)
}

// places lists a tree as "location version flags" without the root.
func places(tree *Tree) []string {
	var list []string
	s := summary(tree.Lockfile())
	for _, location := range sortedKeys(s) {
		if location != "" {
			list = append(list, strings.TrimPrefix(location, "node_modules/")+" "+s[location])
		}
	}
	return list
}

func TestPlacement(t *testing.T) {
	for name, tc := range map[string]struct {
		docs    []string
		root    string
		options Options
		want    []string
	}{
		"hoists and nests": {
			docs: []string{`a@1.0.0 {"dependencies":{"b":"^1.0.0"}}`, `b@1.0.0`, `b@2.0.0`},
			root: `{"dependencies":{"a":"1","b":"2"}}`,
			want: []string{"a @1.0.0", "a/node_modules/b @1.0.0", "b @2.0.0"},
		},
		"shares what satisfies": {
			docs: []string{`a@1.0.0 {"dependencies":{"b":"^1.0.0"}}`, `b@1.0.0`, `b@1.1.0`},
			root: `{"dependencies":{"a":"1","b":"1.0.0"}}`,
			want: []string{"a @1.0.0", "b @1.0.0"},
		},
		"replaces an older version above when a newer one suits all": {
			docs: []string{`a@1.0.0 {"dependencies":{"z":"^1.0.0"}}`, `b@1.0.0 {"dependencies":{"z":"1.1.0"}}`,
				`z@1.1.0`, `z@1.0.0`},
			root: `{"dependencies":{"a":"1","b":"1"}}`,
			want: []string{"a @1.0.0", "b @1.0.0", "z @1.1.0"},
		},
		"cycle": {
			docs: []string{`a@1.0.0 {"dependencies":{"b":"1"}}`, `b@1.0.0 {"dependencies":{"a":"1"}}`},
			root: `{"dependencies":{"a":"1"}}`,
			want: []string{"a @1.0.0", "b @1.0.0"},
		},
		"endless nesting ends in a link": {
			docs: []string{`a@1.0.0 {"dependencies":{"b":"1"}}`, `a@2.0.0 {"dependencies":{"b":"2"}}`,
				`b@1.0.0 {"dependencies":{"a":"2"}}`, `b@2.0.0 {"dependencies":{"a":"1"}}`},
			root:    `{"dependencies":{"a":"1"}}`,
			options: Options{Strategy: Nested},
			want: []string{"a @1.0.0", "a/node_modules/b @1.0.0", "a/node_modules/b/node_modules/a @2.0.0",
				"a/node_modules/b/node_modules/a/node_modules/b @2.0.0",
				"a/node_modules/b/node_modules/a/node_modules/b/node_modules/a @ link -> node_modules/a"},
		},
		"installs peers, optional ones not": {
			docs: []string{`a@1.0.0 {"peerDependencies":{"p":"^1.0.0","q":"1"},"peerDependenciesMeta":{"q":{"optional":true}}}`,
				`p@1.0.0`, `p@2.0.0`, `q@1.0.0`},
			root: `{"dependencies":{"a":"1"}}`,
			want: []string{"a @1.0.0", "p @1.0.0 peer"},
		},
		"legacy-peer-deps": {
			docs:    []string{`a@1.0.0 {"peerDependencies":{"p":"^1.0.0"}}`, `p@1.0.0`},
			root:    `{"dependencies":{"a":"1"}}`,
			options: Options{LegacyPeerDeps: true},
			want:    []string{"a @1.0.0"},
		},
		"a peer set nests as one": {
			docs: []string{`x@1.0.0 {"dependencies":{"a":"1"}}`, `a@1.0.0 {"peerDependencies":{"p":"1"}}`,
				`p@1.0.0`, `p@2.0.0`},
			root: `{"dependencies":{"x":"1","p":"2"}}`,
			want: []string{"p @2.0.0", "x @1.0.0", "x/node_modules/a @1.0.0", "x/node_modules/p @1.0.0 peer"},
		},
		"flags": {
			docs: []string{`a@1.0.0 {"dependencies":{"both":"1"}}`, `d@1.0.0 {"dependencies":{"both":"1","x":"1"}}`,
				`o@1.0.0 {"dependencies":{"x":"1"}}`, `both@1.0.0`, `x@1.0.0`},
			root: `{"dependencies":{"a":"1"},"devDependencies":{"d":"1"},"optionalDependencies":{"o":"1"}}`,
			want: []string{"a @1.0.0", "both @1.0.0", "d @1.0.0 dev", "o @1.0.0 optional", "x @1.0.0 devOptional"},
		},
		"drops optional packages that cannot be had, with their dependents": {
			docs: []string{`a@1.0.0 {"optionalDependencies":{"gone":"1","bad":"9","needs":"1"}}`, `bad@1.0.0`,
				`needs@1.0.0 {"dependencies":{"gone":"1"}}`},
			root: `{"dependencies":{"a":"1"}}`,
			want: []string{"a @1.0.0"},
		},
		"keeps optional packages of other platforms": {
			docs: []string{`a@1.0.0 {"os":["plan9"],"cpu":["mips"]}`},
			root: `{"optionalDependencies":{"a":"1"}}`,
			want: []string{"a @1.0.0 optional"},
		},
		"alias": {
			docs: []string{`real@1.0.0`, `real@2.0.0`},
			root: `{"dependencies":{"fake":"npm:real@^1.0.0","real":"2"}}`,
			want: []string{"fake real@1.0.0", "real @2.0.0"},
		},
		"shallow": {
			docs:    []string{`a@1.0.0 {"dependencies":{"b":"1"}}`, `b@1.0.0 {"dependencies":{"c":"1"}}`, `c@1.0.0`},
			root:    `{"dependencies":{"a":"1"}}`,
			options: Options{Strategy: Shallow},
			want:    []string{"a @1.0.0", "a/node_modules/b @1.0.0", "a/node_modules/c @1.0.0"},
		},
		"prefer-dedupe": {
			docs: []string{`a@1.0.0 {"dependencies":{"z":"1.0.0"}}`, `b@1.0.0 {"dependencies":{"z":"^1.0.0"}}`,
				`z@1.0.0`, `z@1.1.0`},
			root:    `{"dependencies":{"a":"1","b":"1"}}`,
			options: Options{PreferDedupe: true},
			want:    []string{"a @1.0.0", "b @1.0.0", "z @1.0.0"},
		},
		"overrides": {
			docs: []string{`a@1.0.0 {"dependencies":{"b":"1","c":"1"}}`, `b@1.0.0 {"dependencies":{"c":"1"}}`,
				`c@1.0.0`, `c@2.0.0`, `c@3.0.0`},
			root: `{"dependencies":{"a":"1"},"overrides":{"b":{"c":"2.0.0"},"c@1":"3.0.0"}}`,
			want: []string{"a @1.0.0", "b @1.0.0", "b/node_modules/c @2.0.0", "c @3.0.0"},
		},
		"overrides by reference": {
			docs: []string{`a@1.0.0 {"dependencies":{"c":"1"}}`, `c@1.0.0`, `c@2.0.0`},
			root: `{"dependencies":{"a":"1","c":"2.0.0"},"overrides":{"c":"$c"}}`,
			want: []string{"a @1.0.0", "c @2.0.0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			index := &memory{docs: docsOf(t, tc.docs...)}
			tree, err := Build(context.Background(), Request{Root: mustManifest(t, tc.root), Index: index, Options: tc.options})
			if err != nil {
				t.Fatal(err)
			}
			if have := places(tree); !slices.Equal(have, tc.want) {
				t.Errorf("tree:\n%s\nwant:\n%s", joinLines(have), joinLines(tc.want))
			}
		})
	}
}

func TestWorkspaces(t *testing.T) {
	index := &memory{docs: docsOf(t, `a@1.0.0`, `a@2.0.0`, `x@9.0.0`)}
	tree, err := Build(context.Background(), Request{
		Root: mustManifest(t, `{"name":"project","workspaces":["pkg/*"],"dependencies":{"a":"1"}}`),
		Workspaces: []manifest.Workspace{
			{Location: "pkg/x", Manifest: mustManifest(t, `{"name":"x","version":"1.0.0","dependencies":{"a":"2","y":"^1.0.0"}}`)},
			{Location: "pkg/folder", Manifest: mustManifest(t, `{"name":"y","version":"1.0.0","devDependencies":{"x":"9"}}`)},
		},
		Index: index,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a @1.0.0", "x @ link -> pkg/x", "y @ link -> pkg/folder", "pkg/folder y@1.0.0",
		"pkg/folder/node_modules/x @9.0.0 dev", "pkg/x @1.0.0", "pkg/x/node_modules/a @2.0.0"}
	have := places(tree)
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("tree:\n%s\nwant:\n%s", joinLines(have), joinLines(want))
	}
}

// A lockfile that satisfies everything is kept as it is, and the index is not
// asked at all; a new dependency touches only what it concerns.
func TestLockIsPreferred(t *testing.T) {
	docs := docsOf(t, `a@1.0.0 {"dependencies":{"b":"^1.0.0"}}`, `b@1.0.0`, `c@1.0.0 {"dependencies":{"b":"^1.0.0"}}`)
	root := mustManifest(t, `{"dependencies":{"a":"^1.0.0"}}`)
	tree, err := Build(context.Background(), Request{Root: root, Index: &memory{docs: docs}})
	if err != nil {
		t.Fatal(err)
	}
	lock := tree.Lockfile()

	newer := &memory{docs: docsOf(t, `a@1.0.0 {"dependencies":{"b":"^1.0.0"}}`, `a@1.1.0`, `b@1.0.0`, `b@1.9.0`,
		`c@1.0.0 {"dependencies":{"b":"^1.0.0"}}`)}
	tree, err = Build(context.Background(), Request{Root: root, Lock: lock, Index: newer})
	if err != nil {
		t.Fatal(err)
	}
	if len(newer.asks) != 0 {
		t.Errorf("asked for %v", newer.asks)
	}
	if have, want := places(tree), []string{"a @1.0.0", "b @1.0.0"}; !slices.Equal(have, want) {
		t.Errorf("tree %v, want %v", have, want)
	}
	steps := []struct {
		root    string
		options Options
		want    []string
	}{
		{`{"dependencies":{"a":"^1.0.0","c":"1"}}`, Options{}, []string{"a @1.0.0", "b @1.0.0", "c @1.0.0"}},
		{`{"dependencies":{"c":"1"}}`, Options{}, []string{"b @1.0.0", "c @1.0.0"}},
		{`{"dependencies":{"a":"^1.0.0"}}`, Options{Update: []string{"b"}}, []string{"a @1.0.0", "b @1.9.0"}},
		{`{"dependencies":{"a":"^1.0.0"}}`, Options{UpdateAll: true}, []string{"a @1.1.0"}},
	}
	for _, step := range steps {
		tree, err := Build(context.Background(), Request{Root: mustManifest(t, step.root), Lock: lock, Index: newer, Options: step.options})
		if err != nil {
			t.Fatal(err)
		}
		if have := places(tree); !slices.Equal(have, step.want) {
			t.Errorf("%s: tree %v, want %v", step.root, have, step.want)
		}
	}
}

func TestErrorsNameTheChain(t *testing.T) {
	index := &memory{docs: docsOf(t, `a@1.0.0 {"dependencies":{"b":"1"}}`, `b@1.0.0 {"dependencies":{"gone":"1","c":"9"}}`, `c@1.0.0`)}
	_, err := Build(context.Background(), Request{Root: mustManifest(t, `{"name":"root","dependencies":{"a":"1"}}`), Index: index})
	dependency, ok := errors.AsType[*DependencyError](err)
	if !ok {
		t.Fatalf("error %v", err)
	}
	if have := strings.Join(dependency.Chain, " > "); have != "root > a@1.0.0 > b@1.0.0" {
		t.Errorf("chain %s", have)
	}
	all := append([]*DependencyError{dependency}, dependency.Others...)
	if len(all) != 2 || all[0].Asked[0].By != "b@1.0.0" || all[0].Asked[0].Name == all[1].Asked[0].Name {
		t.Errorf("failed: %+v, of which gone and c were expected", all)
	}

	index = &memory{docs: docsOf(t, `a@1.0.0 {"peerDependencies":{"p":"1"}}`, `p@1.0.0`, `p@2.0.0`)}
	_, err = Build(context.Background(), Request{Root: mustManifest(t, `{"name":"root","dependencies":{"a":"1","p":"2"}}`), Index: index})
	conflict, ok := errors.AsType[*ConflictError](err)
	if !ok {
		t.Fatalf("error %v", err)
	}
	if conflict.Name != "p" || conflict.Found.Asked[0].By != "root" || conflict.Wanted.By != "a@1.0.0" || conflict.Wanted.Spec != "1" {
		t.Errorf("conflict %+v", conflict)
	}
	tree, err := Build(context.Background(), Request{Root: mustManifest(t, `{"name":"root","dependencies":{"a":"1","p":"2"}}`),
		Index: index, Options: Options{Force: true}})
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Warnings) != 1 || tree.Warnings[0].Code != "ERESOLVE" {
		t.Errorf("warnings %+v", tree.Warnings)
	}
	_, err = Build(context.Background(), Request{Root: mustManifest(t, `{"dependencies":{"a":"1"},"overrides":{"a":"2"}}`), Index: index})
	if err == nil || !strings.Contains(err.Error(), "EOVERRIDE") {
		t.Errorf("override of a direct dependency: %v", err)
	}
}

func TestEngines(t *testing.T) {
	index := &memory{docs: docsOf(t, `a@1.0.0 {"engines":{"node":">=20"},"deprecated":"use b"}`)}
	r := Request{Root: mustManifest(t, `{"dependencies":{"a":"1"}}`), Index: index, Options: Options{NodeVersion: "18.0.0"}}
	tree, err := Build(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, w := range tree.Warnings {
		codes = append(codes, w.Code)
	}
	if !slices.Equal(codes, []string{"deprecated", "EBADENGINE"}) {
		t.Errorf("warnings %v", codes)
	}
	r.Options.EngineStrict = true
	if _, err = Build(context.Background(), r); err == nil {
		t.Error("engine-strict lets it pass")
	}
}

// bundles answers for one package.
type bundles map[string][]Bundled

func (b bundles) Bundled(_ context.Context, v *registry.Version) ([]Bundled, error) {
	return b[v.Name], nil
}

func TestBundledPackages(t *testing.T) {
	index := &memory{docs: docsOf(t, `a@1.0.0 {"dependencies":{"b":"1","c":"1"},"bundleDependencies":["b"]}`, `b@1.5.0`, `c@1.0.0`)}
	tree, err := Build(context.Background(), Request{
		Root: mustManifest(t, `{"dependencies":{"a":"1"}}`), Index: index,
		Bundles: bundles{"a": {
			{Location: "node_modules/b/node_modules/d", Manifest: mustManifest(t, `{"name":"d","version":"3.0.0"}`)},
			{Location: "node_modules/b", Manifest: mustManifest(t, `{"name":"b","version":"1.2.0","dependencies":{"d":"3"}}`)},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a @1.0.0", "a/node_modules/b @1.2.0 inBundle", "a/node_modules/b/node_modules/d @3.0.0 inBundle", "c @1.0.0"}
	if have := places(tree); !slices.Equal(have, want) {
		t.Errorf("tree:\n%s\nwant:\n%s", joinLines(have), joinLines(want))
	}
}

// OnPick hears of every version of the tree, once.
func TestOnPick(t *testing.T) {
	picked := make(chan string, 10)
	index := &memory{docs: docsOf(t, `a@1.0.0 {"dependencies":{"b":"1"}}`, `b@1.0.0 {"dependencies":{"a":"1"}}`)}
	_, err := Build(context.Background(), Request{Root: mustManifest(t, `{"dependencies":{"a":"1"}}`), Index: index,
		Options: Options{OnPick: func(v *registry.Version) { picked <- v.Name }}})
	if err != nil {
		t.Fatal(err)
	}
	close(picked)
	var names []string
	for name := range picked {
		names = append(names, name)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("picked %v", names)
	}
}

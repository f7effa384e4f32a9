package resolve

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/pick"
)

// pinsFrom makes a graph of lines "dependent > name@version", or for an alias
// "dependent > name=other@version"; a dependent without @ is a folder, "." the
// root.
func pinsFrom(lines ...string) *lockfile.Graph {
	g := &lockfile.Graph{Folders: make(map[string]map[string][]lockfile.Pin), Packages: make(map[string]map[string][]lockfile.Pin)}
	for _, line := range lines {
		dependent, to, _ := strings.Cut(line, " > ")
		at := strings.LastIndexByte(to, '@')
		alias, name, isAlias := strings.Cut(to[:at], "=")
		if !isAlias {
			name = alias
		}
		of := g.Packages
		if !strings.Contains(dependent, "@") {
			of, dependent = g.Folders, strings.TrimPrefix(dependent, ".")
		}
		g.Pin(of, dependent, alias, lockfile.Pin{Name: name, Version: to[at+1:]})
	}
	return g
}

func TestPins(t *testing.T) {
	for name, tc := range map[string]struct {
		docs    []string
		root    string
		pins    []string
		options Options
		want    []string
	}{
		"an older version than the newest": {
			docs: []string{`a@1.0.0 {"dependencies":{"b":"^1.0.0"}}`, `a@1.1.0`, `b@1.0.0`, `b@1.2.0`},
			root: `{"dependencies":{"a":"^1.0.0"}}`,
			pins: []string{". > a@1.0.0", "a@1.0.0 > b@1.0.0"},
			want: []string{"a @1.0.0", "b @1.0.0"},
		},
		"every dependent has its own": {
			docs: []string{`a@1.0.0 {"dependencies":{"c":"^1.0.0"}}`, `b@1.0.0 {"dependencies":{"c":"^1.0.0"}}`, `c@1.0.0`, `c@1.1.0`, `c@1.2.0`},
			root: `{"dependencies":{"a":"1","b":"1"}}`,
			pins: []string{". > a@1.0.0", ". > b@1.0.0", "a@1.0.0 > c@1.1.0", "b@1.0.0 > c@1.0.0"},
			want: []string{"a @1.0.0", "b @1.0.0", "b/node_modules/c @1.0.0", "c @1.1.0"},
		},
		"a pin that answers no more": {
			docs: []string{`a@1.0.0`, `a@2.0.0`, `a@2.1.0`},
			root: `{"dependencies":{"a":"^2.0.0"}}`,
			pins: []string{". > a@1.0.0"},
			want: []string{"a @2.1.0"},
		},
		"an alias": {
			docs: []string{`b@1.0.0`, `b@1.1.0`},
			root: `{"dependencies":{"a":"npm:b@^1.0.0","b":"^1.0.0"}}`,
			pins: []string{". > a=b@1.0.0", ". > b@1.1.0"},
			want: []string{"a b@1.0.0", "b @1.1.0"},
		},
		"a tag": {
			docs: []string{`a@1.0.0`, `a@1.1.0`},
			root: `{"dependencies":{"a":"latest"}}`,
			pins: []string{". > a@1.0.0"},
			want: []string{"a @1.0.0"},
		},
		"an override": {
			docs: []string{`a@1.0.0 {"dependencies":{"b":"^1.0.0"}}`, `b@1.0.0`, `b@2.0.0`, `b@2.1.0`},
			root: `{"dependencies":{"a":"1"},"overrides":{"b":"^2.0.0"}}`,
			pins: []string{". > a@1.0.0", "a@1.0.0 > b@2.0.0"},
			want: []string{"a @1.0.0", "b @2.0.0"},
		},
		"a peer is preferred and binds nobody": {
			docs: []string{`a@1.0.0 {"peerDependencies":{"p":"^1.0.0"}}`, `b@1.0.0 {"dependencies":{"p":"^1.0.0"}}`, `p@1.0.0`, `p@1.1.0`, `p@1.2.0`},
			root: `{"dependencies":{"a":"1","b":"1"}}`,
			pins: []string{". > a@1.0.0", ". > b@1.0.0", "a@1.0.0 > p@1.0.0", "b@1.0.0 > p@1.1.0"},
			want: []string{"a @1.0.0", "b @1.0.0", "p @1.1.0"},
		},
		"a peer that nobody else brings": {
			docs: []string{`a@1.0.0 {"peerDependencies":{"p":"^1.0.0"}}`, `p@1.0.0`, `p@1.1.0`},
			root: `{"dependencies":{"a":"1"}}`,
			pins: []string{". > a@1.0.0", "a@1.0.0 > p@1.0.0"},
			want: []string{"a @1.0.0", "p @1.0.0 peer"},
		},
		"several for one dependency: the highest, which binds nobody": {
			docs: []string{`a@1.0.0 {"dependencies":{"b":"^1.0.0"}}`, `b@1.0.0`, `b@1.1.0`, `b@1.2.0`},
			root: `{"dependencies":{"a":"1"}}`,
			pins: []string{". > a@1.0.0", "a@1.0.0 > b@1.0.0", "a@1.0.0 > b@1.1.0"},
			want: []string{"a @1.0.0", "b @1.1.0"},
		},
		"updating a name lets go of its pins": {
			docs:    []string{`a@1.0.0`, `a@1.1.0`, `b@1.0.0`, `b@1.1.0`},
			root:    `{"dependencies":{"a":"^1.0.0","b":"^1.0.0"}}`,
			pins:    []string{". > a@1.0.0", ". > b@1.0.0"},
			options: Options{Update: []string{"a"}},
			want:    []string{"a @1.1.0", "b @1.0.0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := Request{Root: mustManifest(t, tc.root), Index: &memory{docs: docsOf(t, tc.docs...)}, Pins: pinsFrom(tc.pins...), Options: tc.options}
			tree, err := Build(context.Background(), r)
			if err != nil {
				t.Fatal(err)
			}
			if have := places(tree); !slices.Equal(have, tc.want) {
				t.Errorf("tree:\n%s\nwant:\n%s", joinLines(have), joinLines(tc.want))
			}
			again := Request{Root: r.Root, Index: &memory{}, Lock: tree.Lockfile()}
			tree, err = Build(context.Background(), again)
			if err != nil {
				t.Fatalf("from the lockfile, without pins and index: %v", err)
			}
			if have := places(tree); !slices.Equal(have, tc.want) {
				t.Errorf("the lockfile does not hold:\n%s", joinLines(have))
			}
		})
	}
}

// What is pinned is taken though its age hides it from a range, and never with
// another digest than the pin's.
func TestPinnedContent(t *testing.T) {
	docs := docsOf(t, `a@1.0.0`, `a@1.1.0`)
	docs["a"] = bytes.Replace(docs["a"], []byte(`{`), []byte(`{"time":{"1.0.0":"2020-01-01T00:00:00Z","1.1.0":"2020-01-01T00:00:00Z"},`), 1)
	root := mustManifest(t, `{"dependencies":{"a":"^1.0.0"}}`)
	build := func(integrity, version string) (*Tree, error) {
		g := pinsFrom(". > a@" + version)
		g.Folders[""]["a"][0].Integrity = integrity
		return Build(context.Background(), Request{Root: root, Index: &memory{docs: docs}, Pins: g,
			Options: Options{Before: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}})
	}
	tree, err := build("", "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	entry := tree.Lockfile().Packages["node_modules/a"]
	if entry.Version != "1.0.0" || entry.Integrity == "" {
		t.Fatalf("pinned: %+v", entry)
	}
	if _, err := build(entry.Integrity, "1.0.0"); err != nil {
		t.Errorf("the same digest: %v", err)
	}
	other := "sha512-" + strings.Repeat("A", 86) + "=="
	var alarm *registry.DigestError
	if _, err := build(other, "1.0.0"); !errors.As(err, &alarm) || alarm.Old != other || alarm.New != entry.Integrity {
		t.Errorf("another digest: %v", err)
	}
	root.OptionalDependencies = root.Dependencies
	if _, err := build(other, "1.0.0"); !errors.As(err, &alarm) {
		t.Errorf("another digest of what is optional: %v", err)
	}
	root.OptionalDependencies = nil
	var none *pick.NoVersionError
	if _, err := build("", "2.0.0"); !errors.As(err, &none) {
		t.Errorf("not pinned and too young: %v", err)
	}
	var gone *registry.VersionNotFoundError
	if _, err := build("", "1.0.7"); !errors.As(err, &gone) {
		t.Errorf("a version that is not there: %v", err)
	}
}

// A lockfile of npm 6 keeps its places, which npm would not choose today, and
// gets from the index what it does not say.
func TestBareLock(t *testing.T) {
	docs := docsOf(t, `a@1.0.0 {"dependencies":{"b":"^1.0.0"},"bin":"cli.js"}`, `b@1.0.0 {"os":["linux"]}`, `b@1.1.0`, `p@1.0.0`, `a@1.1.0`,
		`c@1.0.0 {"peerDependencies":{"p":"1"}}`)
	lock, err := lockfile.ImportPackageLock([]byte(`{"lockfileVersion":1,"requires":true,"dependencies":{
		"a":{"version":"1.0.0","requires":{"b":"^1.0.0"},"dependencies":{"b":{"version":"1.0.0"}}},
		"c":{"version":"1.0.0"},
		"fake":{"version":"npm:b@1.1.0"},
		"left":{"version":"1.0.0"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	root := mustManifest(t, `{"dependencies":{"a":"^1.0.0","c":"1","fake":"npm:b@1"}}`)
	tree, err := Build(context.Background(), Request{Root: root, Index: &memory{docs: docs}, Lock: lock})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a @1.0.0", "a/node_modules/b @1.0.0", "c @1.0.0", "fake b@1.1.0", "p @1.0.0 peer"}
	if have := places(tree); !slices.Equal(have, want) {
		t.Errorf("tree:\n%s\nwant:\n%s", joinLines(have), joinLines(want))
	}
	packages := tree.Lockfile().Packages
	if a, b := packages["node_modules/a"], packages["node_modules/a/node_modules/b"]; a.Bin["a"] != "cli.js" || len(b.OS) != 1 || b.Integrity == "" {
		t.Errorf("what the index knows is missing: %+v, %+v", a, b)
	}
	lock.Packages["node_modules/a"].Integrity = "sha512-" + strings.Repeat("A", 86) + "=="
	var alarm *registry.DigestError
	_, err = Build(context.Background(), Request{Root: root, Index: &memory{docs: docs}, Lock: lock})
	if !errors.As(err, &alarm) {
		t.Errorf("another digest: %v", err)
	}
}

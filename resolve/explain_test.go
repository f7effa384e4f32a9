package resolve

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// conflictOf builds a project that is expected to fail.
func conflictOf(t *testing.T, root string, options Options, docs ...string) *ConflictError {
	t.Helper()
	_, err := Build(context.Background(), Request{Root: mustManifest(t, root), Index: &memory{docs: docsOf(t, docs...)}, Options: options})
	conflict, ok := errors.AsType[*ConflictError](err)
	if !ok {
		t.Fatalf("error %v", err)
	}
	return conflict
}

func TestConflictIsExplained(t *testing.T) {
	for name, tc := range map[string]struct {
		root    string
		docs    []string
		options Options
		want    string
	}{
		"with what the project asks for": {
			root: `{"name":"app","dependencies":{"a":"1","p":"2"}}`,
			docs: []string{`a@1.0.0 {"peerDependencies":{"p":"1"}}`, `p@1.0.0`, `p@2.0.0`},
			want: `ERESOLVE: conflicting versions of p
  while resolving: app
  found:           p@2.0.0
                   p@"2" from app
  wanted:          peer p@"1" from app > a@1.0.0`,
		},
		"with another's peer": {
			root: `{"name":"app","version":"1.0.0","dependencies":{"a":"1","b":"1"}}`,
			docs: []string{`a@1.0.0 {"peerDependencies":{"p":"1"}}`, `b@1.0.0 {"peerDependencies":{"p":"2"}}`, `p@1.0.0`, `p@2.0.0`},
			want: `ERESOLVE: conflicting versions of p
  while resolving: app@1.0.0
  found:           p@1.0.0 in node_modules/p
                   peer p@"1" from app@1.0.0 > a@1.0.0
  wanted:          peer p@"2" from app@1.0.0 > b@1.0.0
  that would be:   p@2.0.0`,
		},
		"of a dependency, when strict": {
			root: `{"name":"app","dependencies":{"kit":"1"}}`,
			docs: []string{`kit@1.0.0 {"dependencies":{"a":"1"},"peerDependencies":{"p":"2"}}`, `a@1.0.0 {"peerDependencies":{"p":"1"}}`,
				`p@1.0.0`, `p@2.0.0`},
			options: Options{StrictPeerDeps: true},
			want: `ERESOLVE: conflicting versions of p
  while resolving: kit@1.0.0
  found:           p@2.0.0
                   peer p@"2" from app > kit@1.0.0
  wanted:          peer p@"1" from app > kit@1.0.0 > a@1.0.0`,
		},
		"with an override": {
			root: `{"name":"app","dependencies":{"a":"1","b":"1"},"overrides":{"b":{"p":"2"}}}`,
			docs: []string{`a@1.0.0 {"peerDependencies":{"p":"1"}}`, `b@1.0.0 {"peerDependencies":{"p":"1"}}`, `p@1.0.0`, `p@2.0.0`},
			want: `ERESOLVE: conflicting versions of p
  while resolving: app
  found:           p@1.0.0 in node_modules/p
                   peer p@"1" from app > a@1.0.0
  wanted:          peer p@"2" (overridden, was "1") from app > b@1.0.0
  that would be:   p@2.0.0`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			conflict := conflictOf(t, tc.root, tc.options, tc.docs...)
			if have := conflict.Error(); have != tc.want {
				t.Errorf("%s\nwant %s", have, tc.want)
			}
			if conflict.Strict != tc.options.StrictPeerDeps {
				t.Errorf("strict: %v", conflict.Strict)
			}
		})
	}
}

// Only the first few of many dependents are listed.
func TestConflictWithMany(t *testing.T) {
	docs := []string{`p@1.0.0`, `p@2.0.0`, `z@1.0.0 {"peerDependencies":{"p":"2"}}`}
	var deps []string
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		docs = append(docs, name+`@1.0.0 {"peerDependencies":{"p":"1"}}`)
		deps = append(deps, `"`+name+`":"1"`)
	}
	conflict := conflictOf(t, `{"dependencies":{`+strings.Join(deps, ",")+`,"z":"1"}}`, Options{}, docs...)
	if len(conflict.Found.Asked) != maxAsked || conflict.Found.More != 2 {
		t.Errorf("found %+v", conflict.Found)
	}
	if !strings.Contains(conflict.Error(), "and 2 more") || !slices.Equal(conflict.Wanted.Chain, []string{"root", "z@1.0.0"}) {
		t.Errorf("%v", conflict)
	}
}

// What is overridden is told, and by which flag not.
func TestOverriddenPeers(t *testing.T) {
	docs := docsOf(t, `a@1.0.0 {"peerDependencies":{"p":"1"}}`, `p@1.0.0`, `p@2.0.0`)
	root := mustManifest(t, `{"name":"app","dependencies":{"a":"1","p":"2"}}`)
	for name, tc := range map[string]struct {
		options Options
		want    []string
	}{
		"force": {Options{Force: true},
			[]string{`ERESOLVE: overriding peer dependency: peer p@"1" from app > a@1.0.0 gets p@2.0.0 in node_modules/p, p@"2" from app`}},
		"legacy-peer-deps": {Options{LegacyPeerDeps: true}, nil},
		"force and strict": {Options{Force: true, StrictPeerDeps: true},
			[]string{`ERESOLVE: overriding peer dependency: peer p@"1" from app > a@1.0.0 gets p@2.0.0 in node_modules/p, p@"2" from app`}},
	} {
		t.Run(name, func(t *testing.T) {
			tree, err := Build(context.Background(), Request{Root: root, Index: &memory{docs: docs}, Options: tc.options})
			if err != nil {
				t.Fatal(err)
			}
			var have []string
			for _, w := range tree.Warnings {
				have = append(have, w.String())
			}
			if !slices.Equal(have, tc.want) {
				t.Errorf("warnings %q", have)
			}
		})
	}
}

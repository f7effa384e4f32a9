package resolve

import (
	"errors"
	"slices"
	"testing"

	"github.com/ipnpm/ipnpm/manifest"
)

// A workspace is seen to before anything links to it when the root takes a
// version that it cannot do with; the project's overrides count in it all the
// same, to the last dependency, and so does a rule for the workspace itself.
func TestOverridesReachWorkspaces(t *testing.T) {
	index := &memory{docs: docsOf(t, `a@1.0.0 {"dependencies":{"c":"1"}}`, `b@1.0.0`, `b@2.0.0`, `c@1.0.0`, `c@2.0.0`)}
	for overrides, want := range map[string][]string{
		`{"c":"2"}`:       {"a @1.0.0", "b @2.0.0", "c @2.0.0", "w @ link -> packages/w", "packages/w @1.0.0", "packages/w/node_modules/b @1.0.0"},
		`{"w":{"c":"2"}}`: {"a @1.0.0", "b @2.0.0", "c @2.0.0", "w @ link -> packages/w", "packages/w @1.0.0", "packages/w/node_modules/b @1.0.0"},
	} {
		tree, err := Build(t.Context(), Request{
			Root:  mustManifest(t, `{"dependencies":{"b":"2"},"workspaces":["packages/*"],"overrides":`+overrides+`}`),
			Index: index,
			Workspaces: []manifest.Workspace{{Location: "packages/w",
				Manifest: mustManifest(t, `{"name":"w","version":"1.0.0","dependencies":{"a":"1","b":"1"}}`)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		got := places(tree)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", overrides, got, want)
		}
	}
}

// A package stays under the rule by which a package depended on it that has
// since been replaced: what goes is under no rule any more by the time that it
// lets go of its own dependencies.
func TestOverridesOutliveWhatIsReplaced(t *testing.T) {
	request := Request{
		Root: mustManifest(t, `{"dependencies":{"o":"1","t":"1"},"overrides":{"o":{"c":"2.0.0"}}}`),
		Index: &memory{docs: docsOf(t, `c@1.0.0`, `c@2.0.0`, `d@1.0.0 {"dependencies":{"c":"1"}}`,
			`o@1.0.0 {"dependencies":{"t":"1"}}`, `o@2.0.0`, `t@1.0.0 {"dependencies":{"c":"1"}}`)},
		Options: Options{PreferDedupe: true},
	}
	first, err := Build(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	request.Root = mustManifest(t, `{"dependencies":{"d":"1","o":"2","t":"1"},"overrides":{"o":{"c":"2.0.0"}}}`)
	request.Lock = first.Lockfile()
	tree, err := Build(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"c @2.0.0", "d @1.0.0", "d/node_modules/c @1.0.0", "o @2.0.0", "t @1.0.0"}
	if got := places(tree); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A rule for a peer may lead to a version whose own peers displace the
// dependent, inside one placement and without end.
func TestEndlessPeersAreAnError(t *testing.T) {
	_, err := Build(t.Context(), Request{
		Root: mustManifest(t, `{"workspaces":["packages/*"],"overrides":{"d@1":"^2.0.0"}}`),
		Index: &memory{docs: docsOf(t, `a@1.0.0 {"dependencies":{"b":"^1.0.0"}}`,
			`b@1.0.0 {"dependencies":{"d":"2.0.0"}}`, `b@3.0.0 {"peerDependencies":{"f":"1"}}`,
			`d@2.0.0 {"peerDependencies":{"b":"^3.0.0"}}`, `d@2.1.0`,
			`e@1.1.0 {"peerDependencies":{"d":"1.0.0"}}`, `f@1.1.0 {"peerDependencies":{"e":"^1.0.0"}}`)},
		Workspaces: []manifest.Workspace{{Location: "packages/w",
			Manifest: mustManifest(t, `{"name":"w","version":"1.0.0","dependencies":{"a":"^1.0.0","b":"*"}}`)}},
	})
	unsettled, ok := errors.AsType[*UnsettledError](err)
	if !ok {
		t.Fatalf("error %v", err)
	}
	if chain := unsettled.Chain; len(chain) < 2 || chain[1] != "w@1.0.0" {
		t.Errorf("chain %q", chain)
	}
}

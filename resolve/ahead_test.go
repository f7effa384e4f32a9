package resolve

import (
	"context"
	"slices"
	"testing"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// TestAskAhead: what the lockfile has nothing of, and only that, is asked for before
// it is loaded.
func TestAskAhead(t *testing.T) {
	index := &memory{docs: docsOf(t, `a@1.0.0`, `b@1.0.0`, `b@2.0.0`, `c@1.0.0`)}
	before := Request{Index: index,
		Root:       mustManifest(t, `{"dependencies":{"a":"1","b":"1","other":"npm:b@1","w":"*"}}`),
		Workspaces: []manifest.Workspace{{Location: "w", Manifest: mustManifest(t, `{"name":"w","version":"1.0.0"}`)}},
	}
	tree, err := Build(t.Context(), before)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		root    string
		options Options
		unlock  bool
		want    []string
	}{
		"nothing new":       {root: `{"dependencies":{"a":"^1.0.0","b":"1","other":"npm:b@1","w":"*"}}`},
		"another range":     {root: `{"dependencies":{"a":"1","b":"2"}}`, want: []string{"b"}},
		"one more":          {root: `{"dependencies":{"a":"1"},"devDependencies":{"c":"1"}}`, want: []string{"c"}},
		"another alias":     {root: `{"dependencies":{"other":"npm:b@2"}}`, want: []string{"b"}},
		"once":              {root: `{"dependencies":{"b":"2","other":"npm:b@2"}}`, want: []string{"b"}},
		"a tag":             {root: `{"dependencies":{"a":"latest"}}`},
		"no registry's":     {root: `{"dependencies":{"x":"https://host.test/x.tgz","y":"user/y"}}`},
		"own workspace":     {root: `{"dependencies":{"w":"1.0.0"}}`},
		"an optional peer":  {root: `{"peerDependencies":{"c":"1"},"peerDependenciesMeta":{"c":{"optional":true}}}`},
		"overridden":        {root: `{"dependencies":{"a":"1"},"overrides":{"b":"2"}}`},
		"asked for by name": {root: `{"dependencies":{"a":"1","b":"1"}}`, options: Options{Asked: map[string][]string{"": {"a"}}}, want: []string{"a"}},
		"to be updated":     {root: `{"dependencies":{"a":"1","b":"1"}}`, options: Options{Update: []string{"b"}}, want: []string{"b"}},
		"all to be updated": {root: `{"dependencies":{"a":"1","b":"1"}}`, options: Options{UpdateAll: true}},
		"no lockfile":       {root: `{"dependencies":{"a":"1"}}`, unlock: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := before
			r.Root, r.Options = mustManifest(t, tc.root), tc.options
			if !tc.unlock {
				r.Lock = tree.Lockfile()
			}
			b := newBuilder(&r)
			if err := b.loadRoot(); err != nil {
				t.Fatal(err)
			}
			if got := b.lacking(); !slices.Equal(got, tc.want) {
				t.Fatalf("got %v, want %v", got, tc.want)
			}
			asks := len(index.asks)
			stop := b.askAhead(t.Context())
			for _, name := range tc.want {
				// Who asks as well gets the answer to whoever was first.
				if doc, err := b.source.packument(t.Context(), name); err != nil || doc.Name != name {
					t.Errorf("%v, %v", doc, err)
				}
			}
			stop()
			if got := index.asks[asks:]; !slices.Equal(got, tc.want) {
				t.Errorf("asked for %v, want %v", got, tc.want)
			}
		})
	}
}

// TestAskAheadEnds: nobody is still asking when a resolution has failed.
func TestAskAheadEnds(t *testing.T) {
	index := &memory{docs: docsOf(t, `a@1.0.0`)}
	r := Request{Index: index, Root: mustManifest(t, `{"dependencies":{"a":"1"}}`)}
	tree, err := Build(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	r.Lock, r.Root = tree.Lockfile(), mustManifest(t, `{"dependencies":{"a":"1","b":"1"}}`)
	silent := &silentIndex{asked: make(chan string, 2), left: make(chan string, 2)}
	r.Index = silent
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		<-silent.asked
		cancel()
	}()
	if _, err := Build(ctx, r); err == nil {
		t.Fatal("resolved without an answer")
	}
	if len(silent.left) == 0 {
		t.Error("the question outlives the resolution")
	}
}

// silentIndex never answers.
type silentIndex struct{ asked, left chan string }

func (s *silentIndex) Packument(ctx context.Context, name string) (*registry.Packument, error) {
	s.asked <- name
	<-ctx.Done()
	s.left <- name
	return nil, ctx.Err()
}

package resolve

import (
	"context"
	"slices"
	"testing"
)

// TestAsked installs a version of a shared package by name: what is nested
// gives way to it, though it is newer, as nothing does for a dependency that
// merely changed in package.json.
func TestAsked(t *testing.T) {
	index := &memory{docs: docsOf(t, `a@1.0.0 {"dependencies":{"b":"^1.0.0"}}`, `b@1.0.0`, `b@1.1.0`, `b@2.0.0`)}
	r := Request{Root: mustManifest(t, `{"dependencies":{"a":"1","b":"2"}}`), Index: index}
	tree, err := Build(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	r.Lock = tree.Lockfile()
	r.Root = mustManifest(t, `{"dependencies":{"a":"1","b":"1.0.0"}}`)
	for _, asked := range []bool{false, true} {
		want := []string{"a @1.0.0", "a/node_modules/b @1.1.0", "b @1.0.0"}
		if asked {
			r.Options.Asked = map[string][]string{"": {"b"}}
			want = []string{"a @1.0.0", "b @1.0.0"}
		}
		if tree, err = Build(context.Background(), r); err != nil {
			t.Fatal(err)
		}
		if have := places(tree); !slices.Equal(have, want) {
			t.Errorf("asked %v: %v, want %v", asked, have, want)
		}
	}
}

// TestNamesOfDifferentCase: a file system may not tell them apart, so one of
// them is had, npm's choice and always the same.
func TestNamesOfDifferentCase(t *testing.T) {
	index := &memory{docs: docsOf(t, `a@1.0.0`, `A@2.0.0`)}
	for range 20 {
		tree, err := Build(context.Background(), Request{Root: mustManifest(t, `{"dependencies":{"a":"1","A":"2"}}`), Index: index})
		if err != nil {
			t.Fatal(err)
		}
		if have := places(tree); !slices.Equal(have, []string{"A @2.0.0"}) {
			t.Fatalf("%v", have)
		}
	}
}

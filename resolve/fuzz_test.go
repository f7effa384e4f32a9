package resolve

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/lockfile"
)

// FuzzOverrides: whatever overrides hold, a tree or an error comes of it.
func FuzzOverrides(f *testing.F) {
	for _, seed := range []string{`{"b":"2"}`, `{"a":{"b":"1",".":"1"}}`, `{"b@1":{"b":"$a"}}`, `{"b":""}`, `[]`, `{"@s/x@npm:y":{}}`, `{"b":{"b":{"b":"*"}}}`} {
		f.Add(seed)
	}
	docs := docsOf(f, `a@1.0.0 {"dependencies":{"b":"^1.0.0"}}`, `b@1.0.0 {"dependencies":{"a":"1"}}`, `b@2.0.0`)
	f.Fuzz(func(t *testing.T, overrides string) {
		root := mustManifest(t, `{"dependencies":{"a":"1"}}`)
		root.Overrides = json.RawMessage(overrides)
		build(t, Request{Root: root, Index: &memory{docs: docs}})
	})
}

// FuzzLock: whatever a lockfile's locations and entries are, a tree or an
// error comes of it.
func FuzzLock(f *testing.F) {
	for _, seed := range []string{`{"node_modules/a":{"version":"1.0.0","dependencies":{"b":"*"}}}`,
		`{"node_modules/a/node_modules/b":{"version":"x"},"node_modules/":{}}`,
		`{"node_modules/a":{"link":true,"resolved":"packages/a"},"packages/a":{}}`,
		`{"node_modules/a":{"link":true,"resolved":"node_modules/a"}}`,
		`{"../x":{"version":"1.0.0"},"node_modules/a":{"link":true,"resolved":"../x"}}`} {
		f.Add(seed)
	}
	docs := docsOf(f, `a@1.0.0 {"dependencies":{"b":"^1.0.0"}}`, `b@1.0.0`)
	f.Fuzz(func(t *testing.T, packages string) {
		lock := new(lockfile.Lockfile)
		if json.Unmarshal([]byte(packages), &lock.Packages) != nil {
			return
		}
		for location, p := range lock.Packages {
			if p == nil {
				delete(lock.Packages, location)
			}
		}
		build(t, Request{Root: mustManifest(t, `{"dependencies":{"a":"1"}}`), Lock: lock, Index: &memory{docs: docs}})
	})
}

func build(t *testing.T, r Request) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	tree, err := Build(ctx, r)
	if ctx.Err() != nil {
		t.Fatal("does not come to an end")
	}
	if err == nil {
		tree.Lockfile()
	}
}

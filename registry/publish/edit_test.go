package publish

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/registry"
)

func store(t *testing.T) *ipfsstore.Store {
	t.Helper()
	s, err := ipfsstore.Open(ipfsstore.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func adding(t *testing.T, text string) Change {
	t.Helper()
	r := release(t, text)
	return func(doc *registry.Packument) error {
		return r.Add(doc, Terms{CID: someCID(t), At: time.Unix(0, 0), Tag: "latest"})
	}
}

func TestEdit(t *testing.T) {
	s := store(t)
	edit := func(base cid.Cid, changes map[string]Change) cid.Cid {
		t.Helper()
		info := registry.Info{Name: "team"}
		if !base.Defined() {
			info.Upstream, info.Keys = "https://registry.example/", []registry.SigningKey{{KeyID: "SHA256:k"}}
		}
		root, err := Edit(t.Context(), s, base, info, changes)
		if err != nil {
			t.Fatal(err)
		}
		return root
	}
	first := edit(cid.Undef, map[string]Change{"a": adding(t, `{"name":"a","version":"1.0.0"}`), "@s/b": adding(t, `{"name":"@s/b","version":"1.0.0"}`)})
	if again := edit(first, map[string]Change{"a": adding(t, `{"name":"a","version":"1.0.0"}`)}); !again.Equals(first) {
		t.Error("what is there already made a new state")
	}
	second := edit(first, map[string]Change{"a": func(doc *registry.Packument) error { return Remove(doc, "1.0.0") }})
	r, err := registry.OpenReader(t.Context(), s, second)
	if err != nil {
		t.Fatal(err)
	}
	names, err := r.Names(t.Context())
	if err != nil || len(names) != 1 || names[0] != "@s/b" {
		t.Errorf("%q, %v", names, err)
	}
	if info := r.Info(); info.Sequence != 2 || info.Previous != first.String() || info.Name != "team" || info.Upstream == "" || len(info.Keys) != 1 {
		t.Errorf("%+v", info)
	}
	v, err := Former(t.Context(), s, second, "a", "1.0.0")
	if err != nil || v == nil || v.Dist.Integrity != release(t, `{"name":"a","version":"1.0.0"}`).Integrity {
		t.Errorf("the removed version is forgotten: %v, %v", v, err)
	}
	for _, never := range []string{"a@1.0.1", "c@1.0.0"} {
		if v, err := Former(t.Context(), s, second, never[:1], never[2:]); v != nil || err != nil {
			t.Errorf("%s: %v, %v", never, v, err)
		}
	}
}

// TestFormerWithoutHistory ends where a state is gone, and with the context.
func TestFormerWithoutHistory(t *testing.T) {
	s := store(t)
	root, err := Edit(t.Context(), s, cid.Undef, registry.Info{Previous: someCID(t).String()},
		map[string]Change{"a": adding(t, `{"name":"a","version":"1.0.0"}`)})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := Former(t.Context(), s, root, "b", "1.0.0"); v != nil || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Former(ctx, store(t), root, "b", "1.0.0"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestTryWritesNothing finds out what Edit would say.
func TestTryWritesNothing(t *testing.T) {
	s := store(t)
	root, err := Edit(t.Context(), s, cid.Undef, registry.Info{}, map[string]Change{"a": adding(t, `{"name":"a","version":"1.0.0"}`)})
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]Change{"a": adding(t, `{"name":"a","version":"1.0.1"}`)}
	bad := map[string]Change{"a": adding(t, `{"name":"a","version":"1.0.0","main":"other"}`)}
	if err := Try(t.Context(), s, root, good); err != nil {
		t.Error(err)
	}
	if err := Try(t.Context(), s, root, bad); err == nil {
		t.Error("a conflict was not found")
	}
	if _, err := Edit(t.Context(), s, root, registry.Info{}, bad); err == nil {
		t.Error("a conflict was written")
	}
}

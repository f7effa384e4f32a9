package registry

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/ipfs/go-cid"
)

// diff collects what Diff tells, by name.
func diff(t *testing.T, m *memory, old, new cid.Cid) map[string]Change {
	t.Helper()
	got := map[string]Change{}
	err := Diff(t.Context(), m, old, new, func(c Change) error {
		got[c.Name] = c
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestDiff(t *testing.T) {
	m := newMemory()
	keep, drop := demo(t, "keep", "1.0.0"), demo(t, "drop", "1.0.0")
	a, scoped := demo(t, "a", "1.0.0", "1.1.0"), demo(t, "@s/x", "1.0.0")
	first := commit(t, m, cid.Undef, testInfo(), keep, drop, a, scoped)

	next := demo(t, "a", "1.1.0", "1.2.0")
	next.DistTags["beta"] = "1.1.0"
	deprecated := *must(next.Version("1.1.0"))
	deprecated.Deprecated = "no more"
	if err := next.Set(&deprecated); err != nil {
		t.Fatal(err)
	}
	swapped := *must(scoped.Version("1.0.0"))
	swapped.Dist.Integrity = "sha512-other"
	other := New("@s/x")
	if err := other.Set(&swapped); err != nil {
		t.Fatal(err)
	}
	w, err := NewWriter(t.Context(), m, first)
	if err != nil {
		t.Fatal(err)
	}
	w.Put(next)
	w.Put(other)
	w.Put(demo(t, "@t/new", "2.0.0"))
	w.Delete("drop")
	second, err := w.Commit(t.Context(), Info{Sequence: 2})
	if err != nil {
		t.Fatal(err)
	}

	got := diff(t, m, first, second)
	for name, want := range map[string]string{
		"a": `{"name":"a","added":["1.2.0"],"removed":["1.0.0"],"tags":[{"tag":"beta","new":"1.1.0"},` +
			`{"tag":"latest","old":"1.1.0","new":"1.2.0"}],"metadata":["1.1.0"]}`,
		"@s/x": `{"name":"@s/x","tags":[{"tag":"latest","old":"1.0.0"}],"digests":[{"name":"@s/x","version":"1.0.0",` +
			`"field":"integrity","old":"sha512-@s/x1.0.0","new":"sha512-other"}]}`,
		"@t/new": `{"name":"@t/new","new":true,"added":["2.0.0"],"tags":[{"tag":"latest","new":"2.0.0"}]}`,
		"drop":   `{"name":"drop","gone":true,"removed":["1.0.0"],"tags":[{"tag":"latest","old":"1.0.0"}]}`,
	} {
		have, err := json.Marshal(got[name])
		if err != nil || string(have) != want {
			t.Errorf("%s:\n got %s\nwant %s", name, have, want)
		}
	}
	if len(got) != 4 {
		t.Errorf("%d packages differ, want 4: %v", len(got), got)
	}
	if all := diff(t, m, cid.Undef, second); len(all) != 4 || len(all["keep"].Added) != 1 {
		t.Errorf("from nothing: %v", all)
	}
	if none := diff(t, m, second, second); len(none) > 0 {
		t.Errorf("to itself: %v", none)
	}
}

func must(v *Version, err error) *Version {
	if err != nil {
		panic(err)
	}
	return v
}

// TestDiffSkipsWhatIsEqual counts: of 6000 packages one document is read twice.
func TestDiffSkipsWhatIsEqual(t *testing.T) {
	m, first, _ := many(t, 6000)
	second := commit(t, m, first, Info{Sequence: 2}, demo(t, "package-1", "1.0.0", "1.0.1"))
	m.count()
	if got := diff(t, m, first, second); len(got) != 1 || !slices.Equal(got["package-1"].Added, []string{"1.0.1"}) {
		t.Errorf("got %v", got)
	}
	if _, served := m.count(); served > 14 {
		t.Errorf("%d blocks were read", served)
	}
}

func TestDiffOfNoIndex(t *testing.T) {
	m, root, _ := many(t, 1)
	tarball := must(demo(t, "package-0", "1.0.0").Version("1.0.0")).Dist.CID
	for _, text := range []string{tarball, "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"} {
		c, err := cid.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := Diff(t.Context(), m, root, c, func(Change) error { return nil }); err == nil {
			t.Errorf("%s passes for an index", text)
		}
	}
	stop := errors.New("enough")
	if err := Diff(t.Context(), m, cid.Undef, root, func(Change) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestHistory(t *testing.T) {
	m := newMemory()
	var roots []cid.Cid
	root := cid.Undef
	for i := range uint64(4) {
		root = commit(t, m, root, Info{Sequence: i + 1}, demo(t, "a", "1.0.0", []string{"1.1.0", "1.2.0", "1.3.0", "1.4.0"}[i]))
		roots = append([]cid.Cid{root}, roots...)
	}
	var got []cid.Cid
	for state, err := range History(t.Context(), m, root) {
		if err != nil || state.Info.Sequence != uint64(4-len(got)) {
			t.Fatalf("%+v %v", state, err)
		}
		got = append(got, state.Root)
	}
	if !slices.Equal(got, roots) {
		t.Errorf("got %v, want %v", got, roots)
	}
	// What is not here any more ends it, and the later states are still told.
	delete(m.blocks, roots[2])
	var failed error
	n := 0
	for _, err := range History(context.Background(), m, root) {
		if failed = err; err == nil {
			n++
		}
	}
	if n != 2 || failed == nil {
		t.Errorf("%d states, then %v", n, failed)
	}
}

package mirror

import (
	"errors"
	"testing"

	"github.com/ipnpm/ipnpm/internal/registrytest"
	"github.com/ipnpm/ipnpm/registry"
)

// TestSlice carries a registry's versions from one machine to another, which
// then resolves from them alone.
func TestSlice(t *testing.T) {
	s := registrytest.New(t)
	add(s, "a", "1.0.0", "")
	add(s, "a", "2.0.0", "")
	add(s, "b", "1.0.0", "")
	near, far := newMachine(t), newMachine(t)
	m := near.mirror(s.URL)
	old := version(t, m, "a", "1.0.0")
	use(t, m, old, version(t, m, "a", "2.0.0"), version(t, m, "b", "1.0.0"))
	root, err := m.Slice(t.Context(), []*registry.Version{old})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := near.mirror(s.URL).Slice(t.Context(), []*registry.Version{old}); err != nil || again != root {
		t.Errorf("the second time it is %s instead of %s, %v", again, root, err)
	}
	r, err := registry.OpenReader(t.Context(), m.opts.Blocks, root)
	if err != nil {
		t.Fatal(err)
	}
	there := far.mirror(s.URL, offline)
	if err := errors.Join(there.Admits(t.Context(), r), there.Adopt(t.Context(), r)); err != nil {
		t.Fatal(err)
	}
	p, err := there.Packument(t.Context(), "a")
	if err != nil || p.Has("2.0.0") || p.DistTags["latest"] != "1.0.0" {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := there.Packument(t.Context(), "b"); err == nil {
		t.Error("b is there, which was not in the slice")
	}
}

// TestSliceContradicted: digests that are known on the far side count more than
// what somebody carries there.
func TestSliceContradicted(t *testing.T) {
	honest, other := registrytest.New(t), registrytest.New(t)
	add(honest, "a", "1.0.0", "")
	other.Add(map[string]string{"package.json": `{"name":"a","version":"1.0.0"}`, "index.js": "evil()"})
	near, far := newMachine(t), newMachine(t)
	m := near.mirror(other.URL)
	v := version(t, m, "a", "1.0.0")
	use(t, m, v)
	root, err := m.Slice(t.Context(), []*registry.Version{v})
	if err != nil {
		t.Fatal(err)
	}
	r, err := registry.OpenReader(t.Context(), m.opts.Blocks, root)
	if err != nil {
		t.Fatal(err)
	}
	there := far.mirror(honest.URL)
	use(t, there, version(t, there, "a", "1.0.0"))
	err = there.Admits(t.Context(), r)
	if alarm := new(registry.DigestError); !errors.As(err, &alarm) || alarm.Name != "a" {
		t.Errorf("got %v", err)
	}
}

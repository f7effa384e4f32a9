package mirror

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/registrytest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tarball"
)

func TestAdd(t *testing.T) {
	s := registrytest.New(t)
	a := add(s, "a", "1.0.0", "")
	b := add(s, "@s/b", "2.0.0", `{"dist":{"integrity":null,"unpackedSize":5,"fileCount":7}}`)
	add(s, "a", "2.0.0", "")
	c := newMachine(t)
	m := c.mirror(s.URL)
	var heard atomic.Int64
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	first, err := m.Add(t.Context(), []*registry.Version{version(t, m, "a", "1.0.0"), version(t, m, "@s/b", "2.0.0")}, AddOptions{
		Info:      registry.Info{Name: "team", Time: at, Providers: []string{"http://gateway.example/"}},
		OnTarball: func(_ *registry.Version, n int64) { heard.Add(n) },
	})
	if err != nil {
		t.Fatal(err)
	}
	want := int64(len(a.Data) + len(b.Data))
	if first.Changed != 2 || first.Versions != 2 || first.Bytes != want || heard.Load() != want {
		t.Errorf("%+v, heard of %d bytes", first, heard.Load())
	}
	r, err := registry.OpenReader(t.Context(), m.opts.Blocks, first.Root)
	if err != nil {
		t.Fatal(err)
	}
	if info := r.Info(); info.Sequence != 1 || info.Name != "team" || info.Upstream != s.URL || info.Previous != "" {
		t.Errorf("info: %+v", info)
	}
	for name, check := range map[string]struct {
		version, integrity string
		size               int64
		unpacked           int64
		files              int
	}{
		"a":    {"1.0.0", a.Integrity, int64(len(a.Data)), unpackedSize(t, a.Data), 2},
		"@s/b": {"2.0.0", b.Integrity, int64(len(b.Data)), 5, 7},
	} {
		doc, err := r.Packument(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		v, err := doc.Version(check.version)
		if err != nil {
			t.Fatal(err)
		}
		d := v.Dist
		if d.Integrity != check.integrity || d.Size != check.size || d.UnpackedSize != check.unpacked || d.FileCount != check.files || d.CID == "" {
			t.Errorf("%s: dist %+v", name, d)
		}
		if doc.DistTags["latest"] != check.version {
			t.Errorf("%s: latest %q", name, doc.DistTags["latest"])
		}
	}

	again, err := m.Add(t.Context(), []*registry.Version{version(t, m, "a", "1.0.0")}, AddOptions{Base: first.Root})
	if err != nil || again.Root != first.Root || again.Changed != 0 {
		t.Errorf("nothing new: %+v, %v", again, err)
	}
	next, err := m.Add(t.Context(), []*registry.Version{version(t, m, "a", "2.0.0")}, AddOptions{Base: first.Root})
	if err != nil {
		t.Fatal(err)
	}
	r, err = registry.OpenReader(t.Context(), m.opts.Blocks, next.Root)
	if err != nil {
		t.Fatal(err)
	}
	if info := r.Info(); info.Sequence != 2 || info.Name != "team" || info.Previous != first.Root.String() || len(info.Providers) != 1 {
		t.Errorf("info: %+v", info)
	}
	if doc, err := r.Packument(t.Context(), "a"); err != nil || len(doc.VersionList()) != 2 || doc.DistTags["latest"] != "2.0.0" {
		t.Errorf("a: %+v, %v", doc, err)
	}
	if m.state.read() != (record{}) {
		t.Error("Add touched the local index")
	}
}

func unpackedSize(t *testing.T, data []byte) int64 {
	t.Helper()
	dir := t.TempDir()
	entries, err := tarball.Extract(t.Context(), data, dir, tarball.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	var n int64
	for _, e := range entries {
		n += e.Size
	}
	return n
}

func TestAddIsAllOrNothing(t *testing.T) {
	s := registrytest.New(t)
	add(s, "a", "1.0.0", "")
	add(s, "b", "1.0.0", "")
	m := newMachine(t).mirror(s.URL)
	vs := []*registry.Version{version(t, m, "a", "1.0.0"), version(t, m, "b", "1.0.0")}
	s.Inject("b", registrytest.Fault{On: registrytest.Tarballs, Status: 404})
	done, err := m.Add(t.Context(), vs, AddOptions{Concurrency: 1})
	if err == nil || !strings.Contains(err.Error(), "b@1.0.0") || done.Root.Defined() {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestAddRefusesChangedDigest(t *testing.T) {
	s := registrytest.New(t)
	add(s, "a", "1.0.0", "")
	c := newMachine(t)
	m := c.mirror(s.URL)
	first, err := m.Add(t.Context(), []*registry.Version{version(t, m, "a", "1.0.0")}, AddOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.Add(map[string]string{"package.json": `{"name":"a","version":"1.0.0"}`, "evil.js": "x\n"})
	m = c.mirror(s.URL)
	done, err := m.Add(t.Context(), []*registry.Version{version(t, m, "a", "1.0.0")}, AddOptions{Base: first.Root})
	if _, ok := errors.AsType[*registry.DigestError](err); !ok || done.Root != first.Root {
		t.Errorf("%+v, %v", done, err)
	}
}

func TestSetLatest(t *testing.T) {
	tests := []struct {
		versions, latest, want string
	}{
		{"1.0.0 1.10.0 1.9.0", "", "1.10.0"},
		{"1.0.0 2.0.0", "1.0.0", "1.0.0"},
		{"1.0.0 2.0.0", "3.0.0", "2.0.0"},
		{"1.0.0 2.0.0-beta.1", "3.0.0", "1.0.0"},
		{"2.0.0-beta.2 2.0.0-beta.10", "", "2.0.0-beta.10"},
		{"1.0.0 2.0.0-deprecated 1.5.0!", "", "1.0.0"},
	}
	for _, tt := range tests {
		p := registry.New("a")
		if tt.latest != "" {
			p.DistTags["latest"] = tt.latest
		}
		for field := range strings.FieldsSeq(tt.versions) {
			v := &registry.Version{}
			v.Name = "a"
			v.Version = strings.TrimSuffix(field, "!")
			if v.Version != field {
				v.Deprecated = "do not use"
			}
			if err := p.Set(v); err != nil {
				t.Fatal(err)
			}
		}
		setLatest(p)
		if got := p.DistTags["latest"]; got != tt.want {
			t.Errorf("of %q with latest %q: %q, want %q", tt.versions, tt.latest, got, tt.want)
		}
	}
}

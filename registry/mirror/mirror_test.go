package mirror

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/registrytest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/upstream"
	"github.com/ipnpm/ipnpm/tarball"
)

func TestTarballOnceThenFromStore(t *testing.T) {
	s := registrytest.New(t)
	for name, meta := range map[string]string{
		"sha512":        "",
		"sha1-only":     `{"dist":{"integrity":null}}`,
		"sha1-as-sri":   `{"dist":{"integrity":"sha1-@","shasum":null}}`,
		"both":          "",
		"@scope/scoped": "",
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(meta, "@") { // the digest of what is packed below
				p := add(registrytest.New(t), name, "1.0.0", "")
				in, err := tarball.ParseShasum(p.Shasum)
				if err != nil {
					t.Fatal(err)
				}
				meta = strings.Replace(meta, "sha1-@", in.String(), 1)
			}
			p := add(s, name, "1.0.0", meta)
			c := newMachine(t)
			for run, want := range []int{1, 0} {
				m := c.mirror(s.URL)
				v := version(t, m, name, "1.0.0")
				s.Reset()
				for range 2 {
					got, err := m.Tarball(t.Context(), v)
					if err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(got.Data, p.Data) || got.Integrity != p.Integrity || got.Size != int64(len(p.Data)) || !got.CID.Defined() {
						t.Errorf("got %s, %s, %d bytes", got.CID, got.Integrity, got.Size)
					}
				}
				if n := s.Count(p.Path); n != want {
					t.Errorf("run %d: %d downloads, want %d", run, n, want)
				}
			}
		})
	}
}

func TestTarballShared(t *testing.T) {
	s := registrytest.New(t)
	p := add(s, "a", "1.0.0", "")
	s.Inject("a", registrytest.Fault{On: registrytest.Tarballs, Delay: 20 * time.Millisecond})
	m := newMachine(t).mirror(s.URL)
	v := version(t, m, "a", "1.0.0")
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := m.Tarball(t.Context(), v); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := s.Count(p.Path); n != 1 {
		t.Errorf("%d downloads", n)
	}
}

func TestLyingTarball(t *testing.T) {
	for name, meta := range map[string]string{"sha512": "", "sha1": `{"dist":{"integrity":null}}`} {
		t.Run(name, func(t *testing.T) {
			s := registrytest.New(t)
			p := add(s, "a", "1.0.0", meta)
			m := newMachine(t).mirror(s.URL)
			v := version(t, m, "a", "1.0.0")

			s.Inject("a", registrytest.Fault{On: registrytest.Tarballs, Corrupt: true})
			_, err := m.Tarball(t.Context(), v)
			if _, ok := errors.AsType[*tarball.MismatchError](err); !ok {
				t.Fatalf("err = %v", err)
			}
			for _, want := range []string{"a@1.0.0", m.opts.Upstream.Base().Host} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not name %s", err, want)
				}
			}
			if n := s.Count(p.Path); n != 2 {
				t.Errorf("%d downloads, want 2", n)
			}
			s.Heal()
			s.Inject("a", registrytest.Fault{On: registrytest.Tarballs, Corrupt: true, Times: 1})
			if got, err := m.Tarball(t.Context(), v); err != nil || !bytes.Equal(got.Data, p.Data) {
				t.Errorf("after one bad download: %v", err)
			}
		})
	}
}

func TestUnusableDigest(t *testing.T) {
	s := registrytest.New(t)
	add(s, "a", "1.0.0", `{"dist":{"integrity":"sha512-@@","shasum":null}}`)
	add(s, "b", "1.0.0", `{"dist":{"integrity":null,"shasum":"xyz"}}`)
	add(s, "none", "1.0.0", `{"dist":{"integrity":null,"shasum":null}}`)
	m := newMachine(t).mirror(s.URL)
	for _, name := range []string{"a", "b"} {
		if _, err := m.Tarball(t.Context(), version(t, m, name, "1.0.0")); err == nil {
			t.Errorf("%s: a digest that cannot be checked was passed over", name)
		}
	}
	v := version(t, m, "none", "1.0.0")
	use(t, m, v)
	if got, err := m.Tarball(t.Context(), v); err != nil || !strings.HasPrefix(got.Integrity, "sha512-") {
		t.Errorf("none: %+v, %v", got, err)
	}
}

func TestWrongCIDIsAnAlarm(t *testing.T) {
	s := registrytest.New(t)
	add(s, "a", "1.0.0", "")
	m := newMachine(t).mirror(s.URL)
	v := *version(t, m, "a", "1.0.0")
	v.Dist.CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
	_, err := m.Tarball(t.Context(), &v)
	if de, ok := errors.AsType[*registry.DigestError](err); !ok || de.Field != "cid" {
		t.Errorf("err = %v", err)
	}
}

func TestOfflineFromTheIndex(t *testing.T) {
	s := registrytest.New(t)
	p := add(s, "a", "1.0.0", "")
	add(s, "a", "2.0.0", "")
	add(s, "b", "1.0.0", "")
	c := newMachine(t)
	m := c.mirror(s.URL)
	use(t, m, version(t, m, "a", "1.0.0"))

	unreachable := func(*upstream.Options) { s.Close() }
	for name, how := range map[string]func(*upstream.Options){"offline": offline, "unreachable": unreachable} {
		t.Run(name, func(t *testing.T) {
			m := c.mirror(s.URL, how)
			if d := m.Degraded(); d.Indexed != 0 || d.Err != nil {
				t.Errorf("degraded at once: %+v", d)
			}
			doc, err := m.Packument(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			if got := doc.VersionList(); !slices.Equal(got, []string{"1.0.0"}) {
				t.Errorf("versions: %v", got)
			}
			if doc.DistTags["latest"] != "1.0.0" {
				t.Errorf("latest is %q", doc.DistTags["latest"])
			}
			v := version(t, m, "a", "1.0.0")
			if v.Dependencies["dep"] != "^1.0.0" || v.Dist.Size != int64(len(p.Data)) {
				t.Errorf("version: %+v", v)
			}
			if got, err := m.Tarball(t.Context(), v); err != nil || got.CID.String() != v.Dist.CID {
				t.Errorf("tarball: %v", err)
			}
			if d := m.Degraded(); d.Indexed != 1 || d.Err == nil {
				t.Errorf("Degraded() = %+v", d)
			}
			_, err = m.Packument(t.Context(), "b")
			if !unreachableError(err) {
				t.Errorf("a name that the index lacks: %v", err)
			}
		})
	}
}

func unreachableError(err error) bool { return err != nil && unreachable(err) }

func TestStaleCacheGoesBeforeIndex(t *testing.T) {
	s := registrytest.New(t)
	s.CacheControl("no-cache")
	add(s, "a", "1.0.0", "")
	add(s, "a", "2.0.0", "")
	c := newMachine(t)
	cache := upstream.NewCache(t.TempDir())
	t.Cleanup(cache.Flush)
	with := func(o *upstream.Options) { cache.Flush(); o.Cache = cache }
	m := c.mirror(s.URL, with)
	use(t, m, version(t, m, "a", "1.0.0"))
	s.Close()
	m = c.mirror(s.URL, with)
	if doc, err := m.Packument(t.Context(), "a"); err != nil || !doc.Has("2.0.0") {
		t.Errorf("document: %v", err)
	}
	if d := m.Degraded(); d.Stale != 1 || d.Indexed != 0 || d.Err == nil {
		t.Errorf("Degraded() = %+v", d)
	}
}

func TestNearNames(t *testing.T) {
	s := registrytest.New(t)
	add(s, "express", "1.0.0", "")
	c := newMachine(t)
	m := c.mirror(s.URL)
	use(t, m, version(t, m, "express", "1.0.0"))
	_, err := c.mirror(s.URL).Packument(t.Context(), "expres")
	if nf, ok := errors.AsType[*registry.NotFoundError](err); !ok || !slices.Equal(nf.Near, []string{"express"}) {
		t.Errorf("err = %v", err)
	}
}

func TestRecordGrowsAndRests(t *testing.T) {
	s := registrytest.New(t)
	add(s, "a", "1.0.0", `{"fields":{"dist-extra":1},"dist":{"signatures":[{"keyid":"k","sig":"s"}]}}`)
	add(s, "a", "1.1.0", "")
	c := newMachine(t)
	m := c.mirror(s.URL)
	one, two := version(t, m, "a", "1.0.0"), version(t, m, "a", "1.1.0")
	use(t, m, one)
	first := m.state.read()
	if first.Sequence != 1 || first.Upstream != s.URL {
		t.Errorf("state: %+v", first)
	}
	use(t, m, one)
	if again := m.state.read(); again != first {
		t.Errorf("nothing new, yet %+v became %+v", first, again)
	}
	// A version whose tarball was never here is not recorded.
	if root, err := m.Record(t.Context(), []*registry.Version{two}); err != nil || root != first.root() {
		t.Errorf("recorded without bytes: %s, %v", root, err)
	}
	use(t, m, two)
	if second := m.state.read(); second.Sequence != 2 {
		t.Errorf("state: %+v", second)
	}
	r, err := m.index(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info := r.Info(); info.Previous != first.Root || info.Upstream != s.URL {
		t.Errorf("info: %+v", info)
	}
	doc, err := r.Packument(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	v, err := doc.Version("1.0.0")
	if err != nil || string(v.Dist.Signatures) != `[{"keyid":"k","sig":"s"}]` || v.Dist.Tarball != "" {
		t.Errorf("version: %+v, %v", v, err)
	}
	if got := doc.VersionList(); len(got) != 2 {
		t.Errorf("versions: %v", got)
	}
}

func TestTwoMirrorsRecordAtOnce(t *testing.T) {
	s := registrytest.New(t)
	c := newMachine(t)
	const n = 8
	var mirrors [n]*Mirror
	var versions [n]*registry.Version
	for i := range n {
		name := fmt.Sprint("p", i)
		add(s, name, "1.0.0", "")
		mirrors[i] = c.mirror(s.URL)
		versions[i] = version(t, mirrors[i], name, "1.0.0")
		if _, err := mirrors[i].Tarball(t.Context(), versions[i]); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if _, err := mirrors[i].Record(t.Context(), []*registry.Version{versions[i]}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	m := c.mirror(s.URL)
	r, err := m.index(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if names, err := r.Names(t.Context()); err != nil || len(names) != n {
		t.Errorf("names: %v, %v", names, err)
	}
	if seq := m.state.read().Sequence; seq != n {
		t.Errorf("sequence %d, want %d", seq, n)
	}
}

func TestChangedDigestIsNotRecorded(t *testing.T) {
	s := registrytest.New(t)
	add(s, "a", "1.0.0", "")
	add(s, "b", "1.0.0", "")
	c := newMachine(t)
	m := c.mirror(s.URL)
	use(t, m, version(t, m, "a", "1.0.0"))
	was := version(t, m, "a", "1.0.0").Dist.Integrity

	s.Add(map[string]string{"package.json": `{"name":"a","version":"1.0.0"}`, "evil.js": "x\n"})
	m = c.mirror(s.URL)
	vs := []*registry.Version{version(t, m, "a", "1.0.0"), version(t, m, "b", "1.0.0")}
	for _, v := range vs {
		if _, err := m.Tarball(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	_, err := m.Record(t.Context(), vs)
	if de, ok := errors.AsType[*registry.DigestError](err); !ok || de.Name != "a" {
		t.Fatalf("err = %v", err)
	}
	m = c.mirror(s.URL, offline)
	if got := version(t, m, "a", "1.0.0").Dist.Integrity; got != was {
		t.Error("the changed digest was recorded")
	}
	version(t, m, "b", "1.0.0") // was recorded nevertheless
}

func TestLostStateIsBegunAnew(t *testing.T) {
	for name, damage := range map[string]func(*testing.T, *machine, *Mirror){
		"torn state file": func(t *testing.T, _ *machine, m *Mirror) {
			if err := os.WriteFile(m.state.path, []byte(`{"root":"baf`), 0o644); err != nil {
				t.Fatal(err)
			}
		},
		"blocks gone": func(t *testing.T, c *machine, _ *Mirror) {
			if err := os.RemoveAll(filepath.Join(c.dir, "data")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := registrytest.New(t)
			add(s, "a", "1.0.0", "")
			c := newMachine(t)
			m := c.mirror(s.URL)
			use(t, m, version(t, m, "a", "1.0.0"))
			damage(t, c, m)
			if _, err := c.mirror(s.URL, offline).Packument(t.Context(), "a"); !unreachableError(err) {
				t.Errorf("err = %v", err)
			}
			m = c.mirror(s.URL)
			use(t, m, version(t, m, "a", "1.0.0"))
			version(t, c.mirror(s.URL, offline), "a", "1.0.0")
		})
	}
}

func TestWithoutDir(t *testing.T) {
	s := registrytest.New(t)
	add(s, "a", "1.0.0", "")
	m := newMachine(t).mirror(s.URL)
	o := m.opts
	o.Dir = ""
	m = New(o)
	use(t, m, version(t, m, "a", "1.0.0"))
	if _, err := m.Packument(t.Context(), "nope"); err == nil {
		t.Error("found what is not there")
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add([]byte(`{"upstream":"http://registry.example/","root":"bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy","sequence":3}`))
	f.Add([]byte(`{"root":"QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG"}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if r := parseRecord(data); r != (record{}) && !r.root().Defined() {
			t.Errorf("%+v has no root", r)
		}
	})
}

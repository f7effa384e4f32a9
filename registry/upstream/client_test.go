package upstream

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/registrytest"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tarball"
)

func TestPackumentAndTarball(t *testing.T) {
	s := registrytest.New(t)
	for _, name := range []string{"plain", "@scope/name"} {
		p := pkg(s, name, "1.2.3")
		c := client(t, s.URL, func(o *Options) { o.UserAgent = func() string { return "ipnpm/test" } })
		doc, err := c.Packument(t.Context(), name, false)
		if err != nil {
			t.Fatal(err)
		}
		v, err := doc.Version("1.2.3")
		if err != nil {
			t.Fatal(err)
		}
		for _, where := range []string{v.Dist.Tarball, p.File} {
			data, err := c.Tarball(t.Context(), name, where, int64(len(p.Data)))
			if err != nil || tarball.Sum512(data) != p.Integrity {
				t.Errorf("tarball from %s: %d bytes, %v", where, len(data), err)
			}
		}
	}
	r := s.Requests()
	if r[0].Header.Get("User-Agent") != "ipnpm/test" || !strings.HasPrefix(r[0].Header.Get("Accept"), "application/vnd.npm.install-v1+json; q=1.0") {
		t.Errorf("headers: %v", r[0].Header)
	}
	if r[3].Path != "/@scope%2fname" {
		t.Errorf("scoped document asked at %s", r[3].Path)
	}
}

func TestFullDocumentHasTimes(t *testing.T) {
	s := registrytest.New(t)
	pkg(s, "a", "1.0.0")
	c := client(t, s.URL, cached(newCache(t)))
	for _, full := range []bool{false, true} {
		doc, err := c.Packument(t.Context(), "a", full)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := doc.Time("1.0.0"); ok != full {
			t.Errorf("full=%v: has time: %v", full, ok)
		}
	}
}

func TestOneRequestPerName(t *testing.T) {
	s := registrytest.New(t)
	pkg(s, "a", "1.0.0")
	s.Inject("a", registrytest.Fault{Delay: 20 * time.Millisecond})
	c := client(t, s.URL)
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if _, err := c.Packument(t.Context(), "a", false); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := s.Count("/"); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestErrorTypes(t *testing.T) {
	s := registrytest.New(t)
	pkg(s, "a", "1.0.0")
	s.Inject("forbidden", registrytest.Fault{Status: 403})
	s.Inject("teapot", registrytest.Fault{Status: 418})
	s.Inject("portal", registrytest.Fault{Body: []byte("<html>log in</html>")})
	s.Inject("other", registrytest.Fault{Body: []byte(`{"name":"evil","versions":{}}`)})
	s.Inject("broken", registrytest.Fault{Status: 502})
	c := client(t, s.URL, retries(1))
	tests := []struct {
		name string
		is   func(error) bool
	}{
		{"missing", is[*registry.NotFoundError]},
		{"forbidden", is[*AuthError]},
		{"teapot", is[*StatusError]},
		{"portal", is[*DocumentError]},
		{"other", is[*DocumentError]},
		{"broken", is[*NetworkError]},
		{"broken", is[*StatusError]},
		{"../up", is[*manifest.NameError]},
		{"@s/..", is[*manifest.NameError]},
	}
	for _, tt := range tests {
		if _, err := c.Packument(t.Context(), tt.name, false); !tt.is(err) {
			t.Errorf("%s: %T %v", tt.name, err, err)
		}
	}
	if _, err := c.Tarball(t.Context(), "a", "a-9.9.9.tgz", 0); !is[*StatusError](err) {
		t.Errorf("missing tarball: %T %v", err, err)
	}
	if n := s.Count("/teapot"); n != 1 {
		t.Errorf("a 4xx was asked %d times", n)
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestSizeLimits(t *testing.T) {
	s := registrytest.New(t)
	p := pkg(s, "a", "1.0.0")
	var bomb bytes.Buffer
	zw := gzip.NewWriter(&bomb)
	for range 8 {
		_, _ = zw.Write(make([]byte, 1<<20))
	}
	_ = zw.Close()
	s.Inject("bomb", registrytest.Fault{Body: bomb.Bytes(), Header: map[string]string{"Content-Encoding": "gzip"}})
	c := client(t, s.URL, retries(3), func(o *Options) { o.MaxDocument = 1 << 20 })
	if _, err := c.Packument(t.Context(), "bomb", false); !is[*SizeError](err) {
		t.Errorf("gzip bomb: %v", err)
	}
	if n := s.Count("/bomb"); n != 1 {
		t.Errorf("a body that is too large was asked for %d times", n)
	}
	if _, err := c.Tarball(t.Context(), "a", p.File, int64(len(p.Data))-1); !is[*SizeError](err) {
		t.Errorf("longer than announced: %v", err)
	}
}

func TestUnaskedEncodingIsRefused(t *testing.T) {
	s := registrytest.New(t)
	s.Inject("a", registrytest.Fault{Body: []byte("x"), Header: map[string]string{"Content-Encoding": "br"}})
	if _, err := client(t, s.URL).Packument(t.Context(), "a", false); !is[*NetworkError](err) {
		t.Errorf("br: %v", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, base := range []string{"ftp://registry.example/", "file:///etc", "http:///x", "registry.example"} {
		u := client(t, "http://registry.example/").Base()
		parsed, err := u.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		if base == "registry.example" {
			parsed.Scheme, parsed.Host = "", ""
		}
		if _, err := New(Options{Base: parsed}); err == nil {
			t.Errorf("base %q was accepted", base)
		}
	}
	if _, err := New(Options{}); err == nil {
		t.Error("no base was accepted")
	}
	for base, want := range map[string]string{
		"http://registry.example":             "http://registry.example/",
		"http://u:p@registry.example/npm//?q": "http://registry.example/npm/",
	} {
		if got := client(t, base).Base().String(); got != want {
			t.Errorf("base %s became %s", base, got)
		}
	}
}

func TestBaseWithPath(t *testing.T) {
	s := registrytest.New(t)
	p := pkg(s, "@s/a", "1.0.0")
	front := httptest.NewServer(http.StripPrefix("/npm/team", s))
	defer front.Close()
	c := client(t, front.URL+"/npm/team")
	if _, err := c.Packument(t.Context(), "@s/a", false); err != nil {
		t.Error(err)
	}
	if data, err := c.Tarball(t.Context(), "@s/a", p.File, 0); err != nil || !bytes.Equal(data, p.Data) {
		t.Errorf("tarball: %v", err)
	}
}

func TestMaxSockets(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(2 * time.Millisecond)
		mu.Lock()
		now--
		mu.Unlock()
		fmt.Fprintf(w, `{"name":%q,"versions":{}}`, strings.TrimPrefix(r.URL.Path, "/"))
	}))
	defer srv.Close()
	c := client(t, srv.URL, func(o *Options) { o.MaxSockets = 3 })
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			if _, err := c.Packument(t.Context(), fmt.Sprint("p", i), false); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most > 3 || most < 2 {
		t.Errorf("up to %d requests at once, want 3", most)
	}
}

func BenchmarkPackumentWarm(b *testing.B) {
	s := registrytest.New(b)
	for i := range 50 {
		s.Add(map[string]string{"package.json": fmt.Sprintf(`{"name":"a","version":"1.%d.0","dependencies":{"x":"^1.0.0"}}`, i)})
	}
	dir := filepath.Join(b.TempDir(), "cache")
	base := mustURL(b, s.URL)
	get := func() {
		cache := NewCache(dir)
		c, err := New(Options{Base: base, Cache: cache})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Packument(b.Context(), "a", false); err != nil {
			b.Fatal(err)
		}
		cache.Flush()
	}
	get()
	b.ReportAllocs()
	for b.Loop() {
		get()
	}
	b.StopTimer()
	if n := s.Count("/"); n != 1 {
		b.Fatalf("%d requests", n)
	}
	if _, err := os.Stat(dir); err != nil {
		b.Fatal(err)
	}
}

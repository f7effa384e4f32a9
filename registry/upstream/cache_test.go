package upstream

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// entryFile is the only file of a cache.
func entryFile(t *testing.T, c *Cache) string {
	t.Helper()
	c.Flush()
	var found []string
	err := filepath.WalkDir(c.Dir(), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, path)
		}
		return err
	})
	if err != nil || len(found) != 1 {
		t.Fatalf("cache files: %v, %v", found, err)
	}
	return found[0]
}

func age(t *testing.T, c *Cache, by time.Duration) {
	t.Helper()
	at := time.Now().Add(-by)
	if err := os.Chtimes(entryFile(t, c), at, at); err != nil {
		t.Fatal(err)
	}
}

func TestFreshness(t *testing.T) {
	preferOffline := func(o *Options) { o.PreferOffline = true }
	preferOnline := func(o *Options) { o.PreferOnline = true }
	none := func(*Options) {}
	tests := []struct {
		name    string
		control string
		age     time.Duration
		mode    func(*Options)
		// statuses of the second client's requests
		want []int
	}{
		{"young", "public, max-age=300", time.Minute, none, nil},
		{"old", "public, max-age=300", 10 * time.Minute, none, []int{304}},
		{"from the future", "public, max-age=300", -time.Hour, none, []int{304}},
		{"no max-age", "", 0, none, []int{304}},
		{"no-cache", "no-cache, max-age=300", 0, none, []int{304}},
		{"prefer-offline", "public, max-age=300", 1000 * time.Hour, preferOffline, nil},
		{"prefer-online", "public, max-age=300", 0, preferOnline, []int{304}},
		{"offline", "public, max-age=300", 1000 * time.Hour, offline, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := registrytest.New(t)
			s.CacheControl(tt.control)
			pkg(s, "a", "1.0.0")
			cache := newCache(t)
			if _, err := client(t, s.URL, cached(cache)).Packument(t.Context(), "a", false); err != nil {
				t.Fatal(err)
			}
			age(t, cache, tt.age)
			s.Reset()
			doc, err := client(t, s.URL, cached(cache), tt.mode).Packument(t.Context(), "a", false)
			if err != nil || !doc.Has("1.0.0") {
				t.Fatalf("second: %v", err)
			}
			got := s.Requests()
			if len(got) != len(tt.want) || len(got) == 1 && got[0].Status != tt.want[0] {
				t.Errorf("requests: %+v, want %v", got, tt.want)
			}
		})
	}
}

func TestRevalidationRenews(t *testing.T) {
	s := registrytest.New(t)
	pkg(s, "a", "1.0.0")
	cache := newCache(t)
	for i, want := range []int{1, 1, 0} {
		if _, err := client(t, s.URL, cached(cache)).Packument(t.Context(), "a", false); err != nil {
			t.Fatal(err)
		}
		if n := s.Count("/"); n != want {
			t.Errorf("run %d: %d requests, want %d", i, n, want)
		}
		s.Reset()
		if i == 0 {
			age(t, cache, time.Hour)
		}
	}
}

func TestChangedDocumentReplacesCached(t *testing.T) {
	s := registrytest.New(t)
	s.CacheControl("no-cache")
	pkg(s, "a", "1.0.0")
	cache := newCache(t)
	if _, err := client(t, s.URL, cached(cache)).Packument(t.Context(), "a", false); err != nil {
		t.Fatal(err)
	}
	pkg(s, "a", "1.1.0")
	for range 2 {
		doc, err := client(t, s.URL, cached(cache)).Packument(t.Context(), "a", false)
		if err != nil || !doc.Has("1.1.0") {
			t.Fatalf("changed document: %v", err)
		}
	}
	if got := s.Requests()[2].Status; got != http.StatusNotModified {
		t.Errorf("the new document was not cached: %d", got)
	}
}

func TestNoStore(t *testing.T) {
	s := registrytest.New(t)
	s.CacheControl("no-store")
	pkg(s, "a", "1.0.0")
	cache := newCache(t)
	if _, err := client(t, s.URL, cached(cache)).Packument(t.Context(), "a", false); err != nil {
		t.Fatal(err)
	}
	if _, err := client(t, s.URL, cached(cache), offline).Packument(t.Context(), "a", false); !is[*OfflineError](err) {
		t.Errorf("kept against the registry's will: %v", err)
	}
}

func TestOfflineWithoutCache(t *testing.T) {
	s := registrytest.New(t)
	p := pkg(s, "a", "1.0.0")
	c := client(t, s.URL, offline, cached(newCache(t)))
	if _, err := c.Packument(t.Context(), "a", false); !is[*OfflineError](err) {
		t.Errorf("document: %v", err)
	}
	if _, err := c.Tarball(t.Context(), "a", p.File, 0); !is[*OfflineError](err) {
		t.Errorf("tarball: %v", err)
	}
	if n := s.Count("/"); n != 0 {
		t.Errorf("%d requests while offline", n)
	}
}

func TestStaleWhenUnreachable(t *testing.T) {
	for name, fault := range map[string]registrytest.Fault{
		"dropped":        {Drop: true},
		"server error":   {Status: 500},
		"captive portal": {Body: []byte("<html>")},
	} {
		t.Run(name, func(t *testing.T) {
			s := registrytest.New(t)
			pkg(s, "a", "1.0.0")
			cache := newCache(t)
			if _, err := client(t, s.URL, cached(cache)).Packument(t.Context(), "a", false); err != nil {
				t.Fatal(err)
			}
			age(t, cache, time.Hour)
			s.Inject("", fault)
			c := client(t, s.URL, cached(cache))
			if d := c.Degraded(); d.Names != 0 || d.Err != nil {
				t.Errorf("degraded at once: %+v", d)
			}
			doc, err := c.Packument(t.Context(), "a", false)
			if err != nil || !doc.Has("1.0.0") {
				t.Fatalf("stale document: %v", err)
			}
			if d := c.Degraded(); d.Names != 1 || d.Err == nil {
				t.Errorf("not noticed: %+v", d)
			}
		})
	}
}

func TestGoneIsGone(t *testing.T) {
	s := registrytest.New(t)
	s.CacheControl("no-cache")
	pkg(s, "a", "1.0.0")
	cache := newCache(t)
	if _, err := client(t, s.URL, cached(cache)).Packument(t.Context(), "a", false); err != nil {
		t.Fatal(err)
	}
	s.Unpublish("a", "1.0.0")
	if _, err := client(t, s.URL, cached(cache)).Packument(t.Context(), "a", false); err == nil {
		t.Error("an unpublished package came from the cache of a reachable registry")
	}
}

func TestDamagedCacheIsDropped(t *testing.T) {
	damage := map[string]func([]byte) []byte{
		"empty":         func([]byte) []byte { return nil },
		"cut":           func(b []byte) []byte { return b[:len(b)-3] },
		"bit in body":   func(b []byte) []byte { b[len(b)-2] ^= 4; return b },
		"bit in header": func(b []byte) []byte { b[len(entryMagic)+20] ^= 1; return b },
		"bit in sum":    func(b []byte) []byte { b[len(entryMagic)] ^= 1; return b },
		"other format":  func([]byte) []byte { return []byte("ipnpm-doc 1 00000000\n{}\n") },
		"appended":      func(b []byte) []byte { return append(b, ' ') },
		"wrong document": func([]byte) []byte {
			return (&entry{Key: "corgi x", MaxAge: 300, body: []byte(`{"name":"a"}`)}).encode()
		},
		"bit in gzip": func(b []byte) []byte { return edited(t, b, func(e *entry) { e.body[len(e.body)/2] ^= 4 }) },
		"no gzip":     func(b []byte) []byte { return edited(t, b, func(e *entry) { e.body = []byte(`{"name":"a"}`) }) },
	}
	for name, fn := range damage {
		t.Run(name, func(t *testing.T) {
			s := registrytest.New(t)
			pkg(s, "a", "1.0.0")
			cache := newCache(t)
			if _, err := client(t, s.URL, cached(cache)).Packument(t.Context(), "a", false); err != nil {
				t.Fatal(err)
			}
			file := entryFile(t, cache)
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, fn(data), 0o644); err != nil {
				t.Fatal(err)
			}
			doc, err := client(t, s.URL, cached(cache)).Packument(t.Context(), "a", false)
			if err != nil || !doc.Has("1.0.0") {
				t.Fatalf("with a damaged cache: %v", err)
			}
			if n := s.Count("/"); n != 2 || s.Requests()[1].Header.Get("If-None-Match") != "" {
				t.Errorf("%d requests: %v", n, s.Requests())
			}
			if _, err := client(t, s.URL, cached(cache), offline).Packument(t.Context(), "a", false); err != nil {
				t.Errorf("not repaired: %v", err)
			}
		})
	}
}

// edited is an entry that was changed by somebody who knows of checksums.
func edited(t *testing.T, data []byte, change func(*entry)) []byte {
	t.Helper()
	e, err := decodeEntry(data)
	if err != nil {
		t.Fatal(err)
	}
	change(e)
	return e.encode()
}

// A well-formed entry whose body is no document, or another's, must not be
// believed either.
func TestUnparsableCachedBodyIsDropped(t *testing.T) {
	for _, body := range []string{"", "[]\n", `{"name":"a","versions":{"2.0.0":9}}` + "\n{}", `{"name":"b"}` + "\n"} {
		s := registrytest.New(t)
		pkg(s, "a", "1.0.0")
		cache := newCache(t)
		u := mustURL(t, s.URL+"a")
		e := entry{Key: entryKey(u, false), MaxAge: 300, body: []byte(body)}
		if err := writeFile(cache.path(u, false), e.encode(), time.Time{}); err != nil {
			t.Fatal(err)
		}
		doc, err := client(t, s.URL, cached(cache)).Packument(t.Context(), "a", false)
		if err != nil || !doc.Has("1.0.0") {
			t.Fatalf("%q: %v", body, err)
		}
	}
}

// keptAs is whether the only entry of a cache is as it came, and its time.
func keptAs(t *testing.T, c *Cache) (gzip bool, vouched time.Time) {
	t.Helper()
	file := entryFile(t, c)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	e, err := decodeEntry(data)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return e.Gzip, info.ModTime()
}

// A document is kept as it came until it is read again, whether the registry
// is asked about it then or not.
func TestTrimmedWhenReadAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		age   time.Duration
		fault registrytest.Fault
		gzip  bool
		whole int64
	}{
		"fresh":     {gzip: true, age: time.Minute},
		"stale":     {gzip: true, age: time.Hour},
		"of many":   {gzip: true, age: time.Minute, whole: maxWhole},
		"came bare": {fault: registrytest.Fault{Bare: true}, age: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			s := registrytest.New(t)
			s.Inject("", tt.fault)
			p := pkg(s, "a", "1.0.0")
			cache := newCache(t)
			cache.whole.Store(tt.whole)
			for i, gzip := range []bool{tt.gzip, false, false} {
				doc, err := client(t, s.URL, cached(cache)).Packument(t.Context(), "a", false)
				if err != nil {
					t.Fatal(err)
				}
				v, err := doc.Version("1.0.0")
				if err != nil || v.Dist.Integrity != p.Integrity {
					t.Errorf("run %d: %+v, %v", i, v, err)
				}
				is, vouched := keptAs(t, cache)
				if is != gzip {
					t.Errorf("run %d: kept as it came: %t", i, is)
				}
				if young := time.Since(vouched) < 10*time.Second; young == (i > 0 && tt.age < 5*time.Minute) {
					t.Errorf("run %d: vouched for at %v", i, vouched)
				}
				if i == 0 {
					age(t, cache, tt.age)
				}
			}
		})
	}
}

// What another process has received since a document was read is not put back.
func TestNewerStays(t *testing.T) {
	s := registrytest.New(t)
	pkg(s, "a", "1.0.0")
	cache := newCache(t)
	if _, err := client(t, s.URL, cached(cache)).Packument(t.Context(), "a", false); err != nil {
		t.Fatal(err)
	}
	age(t, cache, time.Minute)
	old := &document{client: client(t, s.URL, cached(cache)), name: "a", url: mustURL(t, s.URL+"a")}
	read, doc := old.cached()
	if doc == nil || doc.Has("1.1.0") {
		t.Fatalf("read %v", doc)
	}
	pkg(s, "a", "1.1.0")
	if _, err := client(t, s.URL, cached(cache), func(o *Options) { o.PreferOnline = true }).Packument(t.Context(), "a", false); err != nil {
		t.Fatal(err)
	}
	cache.Flush()
	cache.again(old.url, false, read)
	cache.Flush()
	got, err := client(t, s.URL, cached(cache), offline).Packument(t.Context(), "a", false)
	if err != nil || !got.Has("1.1.0") {
		t.Errorf("%v, %v", got, err)
	}
}

func TestUnwritableCacheIsOnlySlow(t *testing.T) {
	s := registrytest.New(t)
	pkg(s, "a", "1.0.0")
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	cache := NewCache(blocked)
	if _, err := client(t, s.URL, cached(cache)).Packument(t.Context(), "a", false); err != nil {
		t.Error(err)
	}
	cache.Flush()
}

func TestMaxAge(t *testing.T) {
	tests := []struct {
		control, age string
		want         time.Duration
	}{
		{"public, max-age=300", "", 300 * time.Second},
		{"Max-Age=300", "100", 200 * time.Second},
		{"max-age=300", "900", 0},
		{`max-age="60"`, "", time.Minute},
		{"max-age=-5", "", 0},
		{"max-age=99999999999", "", 0},
		{"max-age=300, no-cache", "", 0},
		{"s-maxage=300", "", 0},
		{"", "", 0},
	}
	for _, tt := range tests {
		h := http.Header{"Cache-Control": {tt.control}, "Age": {tt.age}}
		if got := maxAge(h); got != tt.want {
			t.Errorf("%q age %q: %v, want %v", tt.control, tt.age, got, tt.want)
		}
	}
}

func FuzzDecodeEntry(f *testing.F) {
	for _, e := range []*entry{
		{Key: "corgi http://registry.example/a", ETag: `"x"`, MaxAge: 300, body: []byte(`{"name":"a","versions":{"1.0.0":38}}` + "\n" + `{"dist":{"shasum":"aa"},"cpu":["x64"]}`)},
		{Key: "full x", LastModified: "y"},
		{Key: "corgi x", Gzip: true, body: zipped(f, `{"name":"a"}`)},
		{body: []byte("\n\n")},
	} {
		f.Add(e.encode())
	}
	f.Add([]byte(entryMagic + "00000000\n"))
	f.Add([]byte(entryMagic + "zzzzzzzz\n{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := decodeEntry(data)
		if err != nil {
			return
		}
		again, err := decodeEntry(e.encode())
		if err != nil || again.Key != e.Key || again.ETag != e.ETag || again.MaxAge != e.MaxAge || again.Gzip != e.Gzip || !bytes.Equal(again.body, e.body) {
			t.Errorf("round trip of %+v gave %+v, %v", e, again, err)
		}
		e.fresh(time.Now())
	})
}

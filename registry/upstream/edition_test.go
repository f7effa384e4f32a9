package upstream

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// TestEdition: a fresh document is not asked for, an old one is, and so is what is not
// there.
func TestEdition(t *testing.T) {
	s := registrytest.New(t)
	pkg(s, "a", "1.0.0")
	cache := newCache(t)
	first := client(t, s.URL, cached(cache))
	if tags, known := first.Editions(false); len(tags) > 0 || !known {
		t.Errorf("before anything: %v, %t", tags, known)
	}
	for _, name := range []string{"a", "gone"} {
		_, _ = first.Packument(t.Context(), name, false) // told below
	}
	was, known := first.Editions(false)
	if !known || was["a"] == "" || len(was) != 2 || was["gone"] != "" {
		t.Fatalf("%v, %t", was, known)
	}
	if tags, known := first.Editions(true); len(tags) > 0 || !known {
		t.Errorf("full ones: %v, %t", tags, known)
	}
	now := func(edits ...func(*Options)) map[string]string {
		t.Helper()
		s.Reset()
		c, tags := client(t, s.URL, append(edits, cached(cache))...), map[string]string{}
		for name := range was {
			if tag, known := c.Edition(t.Context(), name, false); known {
				tags[name] = tag
			}
		}
		return tags
	}
	if tags := now(); !maps.Equal(tags, was) || s.Count("/a") != 0 || s.Count("/gone") != 1 {
		t.Errorf("fresh: %v, %+v", tags, s.Requests())
	}
	if tags := now(offline); tags["a"] != was["a"] || len(tags) != 1 {
		t.Errorf("offline: %v", tags)
	}
	age(t, cache, time.Hour)
	if tags := now(); !maps.Equal(tags, was) || s.Count("/a") != 1 {
		t.Errorf("old: %v, %+v", tags, s.Requests())
	}
	pkg(s, "a", "1.1.0")
	pkg(s, "gone", "1.0.0")
	if tags := now(); tags["a"] != was["a"] || tags["gone"] == "" {
		t.Errorf("changed, and fresh: %v", tags)
	}
	if tags := now(func(o *Options) { o.PreferOnline = true }); len(tags) != 2 || tags["a"] == was["a"] {
		t.Errorf("changed: %v", tags)
	}
}

// TestEditionUnknown: without an ETag, from a registry that is not there, or of a file
// that is damaged, nothing is certain.
func TestEditionUnknown(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=300")
		if r.URL.Path == "/tagged" {
			w.Header().Set("ETag", `"1"`)
		}
		_, _ = w.Write([]byte(`{"name":"` + strings.TrimPrefix(r.URL.Path, "/") + `","versions":{}}`))
	}))
	defer s.Close()
	cache := newCache(t)
	c := client(t, s.URL, cached(cache))
	if _, err := c.Packument(t.Context(), "plain", false); err != nil {
		t.Fatal(err)
	}
	if tags, known := c.Editions(false); known {
		t.Errorf("without an ETag: %v", tags)
	}
	for _, from := range []*Client{c, client(t, s.URL, cached(cache)), client(t, "http://127.0.0.1:1/")} {
		if tag, known := from.Edition(t.Context(), "plain", false); known {
			t.Errorf("without an ETag: %q", tag)
		}
	}
	if _, err := c.Packument(t.Context(), "tagged", false); err != nil {
		t.Fatal(err)
	}
	cache.Flush()
	u, _ := url.Parse(s.URL + "/tagged")
	file := cache.path(u, false)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", string(whole[:20]), strings.Replace(string(whole), "tagged", "others", 1)} {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if tag, known := client(t, s.URL, cached(cache), offline).Edition(t.Context(), "tagged", false); known {
			t.Errorf("of %q: %q", text, tag)
		}
	}
}

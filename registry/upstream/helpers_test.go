package upstream

import (
	"net/url"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// client makes a client of a test registry that does not wait long, with
// edits to its options.
func client(t *testing.T, base string, edits ...func(*Options)) *Client {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Base: u, MinTimeout: time.Millisecond, MaxTimeout: 5 * time.Millisecond, FetchTimeout: 10 * time.Second}
	for _, edit := range edits {
		edit(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func retries(n int) func(*Options) { return func(o *Options) { o.Retries = n } }

// cached makes a client start with what clients before it have left.
func cached(c *Cache) func(*Options) { return func(o *Options) { c.Flush(); o.Cache = c } }

func auth(as ...Auth) func(*Options) { return func(o *Options) { o.Auth = as } }
func offline(o *Options)             { o.Offline = true }
func nerf(s string) string           { u, _ := url.Parse(s); return "//" + u.Host + u.Path }
func newCache(t *testing.T) *Cache {
	t.Helper()
	c := NewCache(t.TempDir())
	t.Cleanup(c.Flush)
	return c
}

func authorizations(s *registrytest.Server) []string {
	var out []string
	for _, r := range s.Requests() {
		out = append(out, r.Header.Get("Authorization"))
	}
	return out
}

// pkg adds a minimal package.
func pkg(s *registrytest.Server, name, version string) registrytest.Package {
	return s.Add(map[string]string{"package.json": `{"name":"` + name + `","version":"` + version + `"}`})
}

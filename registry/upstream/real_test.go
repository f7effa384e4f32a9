//go:build upstream

package upstream

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tarball"
)

// TestRealRegistry talks to npm's public registry. It is compiled in only with
// -tags upstream, and then has to be wanted by IPNPM_TEST_UPSTREAM=1 as well:
// without it, it fails instead of passing for something that it is not.
func TestRealRegistry(t *testing.T) {
	if os.Getenv("IPNPM_TEST_UPSTREAM") != "1" {
		t.Fatal("built with -tags upstream, but IPNPM_TEST_UPSTREAM is not 1")
	}
	cache := newCache(t)
	c := client(t, DefaultRegistry, cached(cache), retries(2), func(o *Options) {
		o.MinTimeout, o.MaxTimeout, o.FetchTimeout = time.Second, 5*time.Second, 30*time.Second
		o.UserAgent = func() string { return "ipnpm-test" }
	})
	for _, name := range []string{"is-odd", "@sindresorhus/is"} {
		doc, err := c.Packument(t.Context(), name, false)
		if err != nil {
			t.Fatal(err)
		}
		v, err := doc.Version(doc.DistTags["latest"])
		if err != nil {
			t.Fatal(err)
		}
		data, err := c.Tarball(t.Context(), name, v.Dist.Tarball, 0)
		if err != nil {
			t.Fatal(err)
		}
		if sum := tarball.Sum512(data); !strings.Contains(v.Dist.Integrity, sum) {
			t.Errorf("%s@%s: %d bytes with %s, want %s", name, v.Version, len(data), sum, v.Dist.Integrity)
		}
		if _, err := client(t, DefaultRegistry, cached(cache), offline).Packument(t.Context(), name, false); err != nil {
			t.Errorf("from the cache: %v", err)
		}
	}
	full, err := c.Packument(t.Context(), "is-odd", true)
	if err != nil {
		t.Fatal(err)
	}
	if at, ok := full.Time("0.1.0"); !ok || at.Year() < 2010 {
		t.Errorf("is-odd@0.1.0 was published %v, %v", at, ok)
	}
	_, err = c.Packument(t.Context(), "ipnpm-there-is-no-such-package-of-this-name", false)
	if !is[*registry.NotFoundError](err) {
		t.Errorf("no such package: %v", err)
	}
}

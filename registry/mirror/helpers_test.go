package mirror

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/registrytest"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/upstream"
)

// files adapts the real store, as cmd does.
type files struct{ *ipfsstore.Store }

func (f files) File(ctx context.Context, r Ref) ([]byte, error) {
	return f.Store.File(ctx, ipfsstore.Ref(r))
}

// machine is one computer: a data folder that outlives its mirrors.
type machine struct {
	t   *testing.T
	dir string
}

func newMachine(t *testing.T) *machine { return &machine{t: t, dir: t.TempDir()} }

func (c *machine) store() *ipfsstore.Store {
	c.t.Helper()
	s, err := ipfsstore.Open(ipfsstore.Options{Dir: c.dir + "/data"})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = s.Close() })
	return s
}

// mirror starts a run against a registry.
func (c *machine) mirror(base string, edits ...func(*upstream.Options)) *Mirror {
	c.t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		c.t.Fatal(err)
	}
	o := upstream.Options{Base: u, MinTimeout: time.Millisecond, MaxTimeout: time.Millisecond}
	for _, edit := range edits {
		edit(&o)
	}
	client, err := upstream.New(o)
	if err != nil {
		c.t.Fatal(err)
	}
	store := c.store()
	return New(Options{Upstream: client, Files: files{store}, Blocks: store, Dir: c.dir + "/mirror"})
}

func offline(o *upstream.Options) { o.Offline = true }

func version(t *testing.T, m *Mirror, name, number string) *registry.Version {
	t.Helper()
	p, err := m.Packument(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	v, err := p.Version(number)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// use fetches and records versions, as an install does.
func use(t *testing.T, m *Mirror, vs ...*registry.Version) {
	t.Helper()
	for _, v := range vs {
		if _, err := m.Tarball(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Record(t.Context(), vs); err != nil {
		t.Fatal(err)
	}
}

func add(s *registrytest.Server, name, number, meta string) registrytest.Package {
	return s.Add(map[string]string{
		"package.json":        fmt.Sprintf(`{"name":%q,"version":%q,"dependencies":{"dep":"^1.0.0"}}`, name, number),
		"index.js":            "module.exports = " + number[:1] + "\n",
		registrytest.MetaFile: meta,
	})
}

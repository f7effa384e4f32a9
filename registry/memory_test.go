package registry

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// memory is a Blocks that counts, and can be told to wait.
type memory struct {
	mu     sync.Mutex
	blocks map[cid.Cid]blocks.Block
	calls  int
	served int
	gate   chan struct{} // when set, a call waits for one value
}

func newMemory() *memory { return &memory{blocks: map[cid.Cid]blocks.Block{}} }

func (m *memory) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	m.mu.Lock()
	m.calls++
	m.served += len(cids)
	gate := m.gate
	m.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var missing error
	for _, c := range cids {
		m.mu.Lock()
		b, ok := m.blocks[c]
		m.mu.Unlock()
		if !ok {
			missing = fmt.Errorf("no %s", c)
			continue
		}
		if err := yield(b); err != nil {
			return err
		}
	}
	return missing
}

func (m *memory) PutBlocks(ctx context.Context, bs []blocks.Block) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range bs {
		m.blocks[b.Cid()] = b
	}
	return nil
}

// count returns the calls and blocks since it was last asked.
func (m *memory) count() (calls, served int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	calls, served = m.calls, m.served
	m.calls, m.served = 0, 0
	return calls, served
}

// tarballOf is what the tests publish for a version.
func tarballOf(name, version string) []byte { return []byte("tarball of " + name + "@" + version) }

// demo makes a document of versions with tarballs.
func demo(t testing.TB, name string, versions ...string) *Packument {
	t.Helper()
	p := New(name)
	for _, number := range versions {
		data := tarballOf(name, number)
		l, _, err := unixfs.File(data)
		if err != nil {
			t.Fatal(err)
		}
		v := &Version{}
		v.Name, v.Version = name, number
		v.Dependencies = map[string]string{"left": "^1.0.0"}
		v.Dist = Dist{Integrity: "sha512-" + name + number, CID: l.CID.String(), Size: int64(len(data))}
		if err := p.Set(v); err != nil {
			t.Fatal(err)
		}
		p.DistTags["latest"] = number
	}
	return p
}

func testInfo() Info {
	return Info{Name: "test", Sequence: 1, Time: time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.UTC),
		Providers: []string{"/ip4/127.0.0.1/tcp/4001", "http://gateway.example/"}}
}

// commit writes documents over a base.
func commit(t testing.TB, m *memory, base cid.Cid, info Info, docs ...*Packument) cid.Cid {
	t.Helper()
	w, err := NewWriter(context.Background(), m, base)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range docs {
		w.Put(p)
	}
	root, err := w.Commit(context.Background(), info)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func open(t testing.TB, m *memory, root cid.Cid) *Reader {
	t.Helper()
	r, err := OpenReader(context.Background(), m, root)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

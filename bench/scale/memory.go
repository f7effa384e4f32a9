package scale

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// Traffic is how many blocks went, and their size.
type Traffic struct {
	Blocks int
	Bytes  int64
}

func (t *Traffic) add(b blocks.Block) {
	t.Blocks++
	t.Bytes += int64(len(b.RawData()))
}

// memory is where an index lies: blocks that a writer reads and writes, and that
// a trustless gateway serves. It counts what is new and what is served.
type memory struct {
	mu              sync.Mutex
	blocks          map[cid.Cid]blocks.Block
	written, served Traffic
}

func newMemory() *memory { return &memory{blocks: map[cid.Cid]blocks.Block{}} }

// Blocks implements [registry.Blocks].
func (m *memory) Blocks(_ context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	for _, c := range cids {
		b := m.get(c)
		if b == nil {
			return fmt.Errorf("there is no %s", c)
		}
		if err := yield(b); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) get(c cid.Cid) blocks.Block {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.blocks[c]
}

// PutBlocks implements [registry.Blocks].
func (m *memory) PutBlocks(_ context.Context, bs []blocks.Block) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range bs {
		if m.blocks[b.Cid()] == nil {
			m.blocks[b.Cid()] = b
			m.written.add(b)
		}
	}
	return nil
}

// count returns what was written and served since it was last asked.
func (m *memory) count() (written, served Traffic) {
	m.mu.Lock()
	defer m.mu.Unlock()
	written, served = m.written, m.served
	m.written, m.served = Traffic{}, Traffic{}
	return written, served
}

// gateway serves the blocks on loopback, as /ipfs/<CID>?format=raw, and nothing
// else.
func (m *memory) gateway() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		c, err := cid.Decode(strings.TrimPrefix(req.URL.Path, "/ipfs/"))
		if err != nil || req.URL.Query().Get("format") != "raw" {
			http.Error(w, "only /ipfs/<CID>?format=raw", http.StatusNotImplemented)
			return
		}
		b := m.get(c)
		if b == nil {
			http.NotFound(w, req)
			return
		}
		m.mu.Lock()
		m.served.add(b)
		m.mu.Unlock()
		w.Header().Set("Content-Type", "application/vnd.ipld.raw")
		_, _ = w.Write(b.RawData())
	}))
}

package ipfsstore

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// content is what a fake source holds.
type content struct {
	blocks  map[string][]byte // by CID text
	records map[string][]byte // by IPNS name
}

func newContent() *content {
	return &content{blocks: make(map[string][]byte), records: make(map[string][]byte)}
}

// add files data and returns its root.
func (c *content) add(t testing.TB, data []byte) cid.Cid {
	t.Helper()
	root, bs, err := ImportLayout(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bs {
		c.blocks[b.Cid().String()] = b.RawData()
	}
	return root
}

// memory is a source in memory.
type memory struct {
	*content
	name  string
	local bool
	// before runs ahead of every answer, when set.
	before func(ctx context.Context) error
	asked  atomic.Int64
}

func (m *memory) Name() string { return m.name }
func (m *memory) Local() bool  { return m.local }

func (m *memory) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	m.asked.Add(1)
	for _, c := range cids {
		if err := m.wait(ctx); err != nil {
			return err
		}
		data, ok := m.blocks[c.String()]
		if !ok {
			continue
		}
		b, err := blocks.NewBlockWithCid(data, c)
		if err != nil {
			return err
		}
		if err := yield(b); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Record(ctx context.Context, name ipns.Name) ([]byte, error) {
	m.asked.Add(1)
	if err := m.wait(ctx); err != nil {
		return nil, err
	}
	data, ok := m.records[name.String()]
	if !ok {
		return nil, ErrNotFound
	}
	return data, nil
}

func (m *memory) wait(ctx context.Context) error {
	if m.before != nil {
		if err := m.before(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// gatewayHandler serves content as a trustless gateway does.
func gatewayHandler(c *content) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ipfs/{cid}", func(w http.ResponseWriter, r *http.Request) {
		data, ok := c.blocks[r.PathValue("cid")]
		if r.URL.Query().Get("format") != "raw" || r.Header.Get("Accept") != "application/vnd.ipld.raw" {
			http.Error(w, "not a request for a raw block", http.StatusBadRequest)
			return
		}
		if !ok {
			http.Error(w, "no such block", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/vnd.ipld.raw")
		_, _ = w.Write(data)
	})
	mux.HandleFunc("GET /routing/v1/ipns/{name}", func(w http.ResponseWriter, r *http.Request) {
		data, ok := c.records[r.PathValue("name")]
		if !ok || r.Header.Get("Accept") != recordType {
			_, _ = w.Write([]byte("delegate error: routing: not found"))
			return
		}
		w.Header().Set("Content-Type", recordType)
		_, _ = w.Write(data)
	})
	return mux
}

// rpcHandler serves content as Kubo's RPC does, in its words.
func rpcHandler(c *content) http.Handler {
	mux := http.NewServeMux()
	fail := func(w http.ResponseWriter, msg string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusInternalServerError)
		_ = json.NewEncoder(w).Encode(map[string]any{"Message": msg, "Code": 0, "Type": "error"})
	}
	mux.HandleFunc("POST /api/v0/version", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"Version": "0.42.0"})
	})
	mux.HandleFunc("POST /api/v0/block/get", func(w http.ResponseWriter, r *http.Request) {
		data, ok := c.blocks[r.URL.Query().Get("arg")]
		if !ok {
			fail(w, "block was not found locally (offline): ipld: could not find "+r.URL.Query().Get("arg"))
			return
		}
		_, _ = w.Write(data)
	})
	mux.HandleFunc("POST /api/v0/name/get", func(w http.ResponseWriter, r *http.Request) {
		data, ok := c.records[strings.TrimPrefix(r.URL.Query().Get("arg"), "/ipns/")]
		if !ok {
			fail(w, "routing: not found")
			return
		}
		_, _ = w.Write(data)
	})
	return mux
}

func serve(t testing.TB, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func gatewayOf(t testing.TB, h http.Handler, opt GatewayOptions) *GatewaySource {
	t.Helper()
	g, err := Gateway(serve(t, h), opt)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func kuboOf(t testing.TB, addr string, opt KuboOptions) *KuboSource {
	t.Helper()
	k, err := Kubo(addr, opt)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func openStore(t testing.TB, o Options) *Store {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// randomBytes are the same for the same seed and size.
func randomBytes(seed uint64, n int) []byte {
	data := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(n), byte(n >> 8)})
	_, _ = r.Read(data)
	return data
}

// collect gathers blocks from concurrent calls.
type collect struct {
	mu  sync.Mutex
	got map[string][]byte
	n   int
}

func (c *collect) yield(b blocks.Block) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.got == nil {
		c.got = make(map[string][]byte)
	}
	c.got[b.Cid().String()] = bytes.Clone(b.RawData())
	c.n++
	return nil
}

func testKey(t testing.TB) Key {
	t.Helper()
	k, err := openStore(t, Options{}).Keys().Generate("test")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func testRecord(t testing.TB, key Key, root cid.Cid, seq uint64, life time.Duration) []byte {
	t.Helper()
	rec, err := Sign(key, root, seq, time.Now().Add(life), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return rec.Bytes
}

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// roundTripper is a transport made of a function.
type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func fileOf(i int) []byte { return fmt.Appendf(nil, "file %d", i) }

package share

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/boxo/blockservice"
	"github.com/ipfs/boxo/blockstore"
	"github.com/ipfs/boxo/exchange/offline"
	"github.com/ipfs/boxo/gateway"
	"github.com/ipfs/boxo/ipld/merkledag"
	uio "github.com/ipfs/boxo/ipld/unixfs/io"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

func openStore(t *testing.T) *ipfsstore.Store {
	t.Helper()
	s, err := ipfsstore.Open(ipfsstore.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// boxoGateway is boxo's handler over the same blocks.
func boxoGateway(t *testing.T, store *ipfsstore.Store, roots []cid.Cid) (http.Handler, blockstore.Blockstore) {
	t.Helper()
	bs := blockstore.NewBlockstore(dssync.MutexWrap(datastore.NewMapDatastore()))
	err := store.Walk(t.Context(), roots, func(b blocks.Block) error { return bs.Put(t.Context(), b) })
	if err != nil {
		t.Fatal(err)
	}
	backend, err := gateway.NewBlocksBackend(blockservice.New(bs, offline.Exchange(bs)))
	if err != nil {
		t.Fatal(err)
	}
	return gateway.NewHandler(gateway.Config{DisableHTMLErrors: true, MetricsRegistry: prometheus.NewRegistry()}, backend), bs
}

// directory makes a directory of files of one byte, sharded when they are many.
func directory(t *testing.T, store *ipfsstore.Store, n int, shard bool) cid.Cid {
	t.Helper()
	bs := blockstore.NewBlockstore(dssync.MutexWrap(datastore.NewMapDatastore()))
	dag := merkledag.NewDAGService(blockservice.New(bs, offline.Exchange(bs)))
	builder := uio.UnixFS_v1_2025.CidBuilder()
	var dir uio.Directory
	var err error
	if shard {
		dir, err = uio.NewHAMTDirectory(dag, 0, uio.WithCidBuilder(builder))
	} else {
		dir, err = uio.NewBasicDirectory(dag, uio.WithCidBuilder(builder))
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		leaf, err := merkledag.NewRawNodeWPrefix([]byte{byte(i), byte(i >> 8)}, builder)
		if err == nil {
			err = errors.Join(dag.Add(t.Context(), leaf), dir.AddChild(t.Context(), fmt.Sprintf("file-%d", i), leaf))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	node, err := dir.GetNode()
	if err == nil {
		err = dag.Add(t.Context(), node)
	}
	if err != nil {
		t.Fatal(err)
	}
	keys, err := bs.AllKeysChan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for key := range keys {
		b, err := bs.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		for _, codec := range []uint64{cid.Raw, cid.DagProtobuf} { // a blockstore forgets the codec
			typed, _ := blocks.NewBlockWithCid(b.RawData(), cid.NewCidV1(codec, key.Hash()))
			if err := store.PutBlocks(t.Context(), []blocks.Block{typed}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return node.Cid()
}

func ask(h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:8801"+path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestAsBoxo asks the same of our handler and of boxo's.
func TestAsBoxo(t *testing.T) {
	store := openStore(t)
	small, err := store.Import(t.Context(), []byte("small"))
	if err != nil {
		t.Fatal(err)
	}
	large, err := store.Import(t.Context(), bytes.Repeat([]byte("large "), 400_000))
	if err != nil {
		t.Fatal(err)
	}
	roots := []cid.Cid{small, large, directory(t, store, 5, false), directory(t, store, 600, true)}
	theirs, _ := boxoGateway(t, store, roots)
	ours := New(store, Limits{}).Handler(Self{}, true)
	compare := func(method, path string, header ...string) {
		t.Helper()
		want, got := ask(theirs, method, path, header...), ask(ours, method, path, header...)
		if got.Code != want.Code {
			t.Errorf("%s %s: status %d, boxo's %d (%s)", method, path, got.Code, want.Code, want.Body)
			return
		}
		if want.Code != http.StatusOK {
			return
		}
		if !bytes.Equal(got.Body.Bytes(), want.Body.Bytes()) {
			t.Errorf("%s %s: %d bytes, boxo's %d", method, path, got.Body.Len(), want.Body.Len())
		}
		for _, key := range []string{"Content-Type", "Content-Disposition", "X-Content-Type-Options", "X-Ipfs-Roots", "Cache-Control"} {
			if g, w := got.Header().Get(key), want.Header().Get(key); g != w {
				t.Errorf("%s %s: %s %q, boxo's %q", method, path, key, g, w)
			}
		}
	}
	for _, root := range roots {
		path := "/ipfs/" + root.String()
		compare("GET", path+"?format=raw")
		compare("GET", path, "Accept", rawType)
		compare("HEAD", path+"?format=raw")
		for _, scope := range []string{"", "&dag-scope=all", "&dag-scope=entity", "&dag-scope=block", "&dag-scope=none"} {
			compare("GET", path+"?format=car"+scope)
		}
		compare("GET", path, "Accept", carType+"; version=1; order=dfs; dups=n")
		compare("GET", path)
	}
	for _, path := range []string{"/file-3", "/file-3/", "/file-9", "/file-3/below", "/sub/dir"} {
		path = "/ipfs/" + roots[2].String() + path
		for _, scope := range []string{"", "&dag-scope=all", "&dag-scope=entity", "&dag-scope=block"} {
			compare("GET", path+"?format=car"+scope)
		}
		compare("GET", path+"?format=raw")
		compare("GET", path)
	}
	compare("GET", "/ipfs/bafkqaaa?format=raw")
	compare("GET", "/ipfs/nonsense?format=raw")
	absent := ask(ours, "GET", "/ipfs/bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e?format=raw")
	if absent.Code != http.StatusNotFound {
		t.Errorf("absent block: status %d", absent.Code)
	}
}

// TestAsSource reads a share as our own gateway source does.
func TestAsSource(t *testing.T) {
	store := openStore(t)
	root, err := store.Import(t.Context(), bytes.Repeat([]byte("tarball "), 400_000))
	if err != nil {
		t.Fatal(err)
	}
	key, err := store.Keys().Generate("k")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Publish(t.Context(), key, root, time.Hour, 0); err != nil {
		t.Fatal(err)
	}
	share := New(store, Limits{})
	web, err := share.Listen(t.Context(), "127.0.0.1:0", 8, Self{ID: "peer", Addrs: func() []string { return []string{"/ip4/10.0.0.2/tcp/1"} }})
	if err != nil {
		t.Fatal(err)
	}
	source, err := ipfsstore.Gateway("http://"+web.Addr, ipfsstore.GatewayOptions{Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	far, err := ipfsstore.Open(ipfsstore.Options{Dir: t.TempDir(), Sources: []ipfsstore.Source{source}})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := far.Resolve(t.Context(), key.ID(), ipfsstore.ResolveOptions{})
	if err != nil || !rec.Root.Equals(root) {
		t.Fatalf("root %s, %v", rec.Root, err)
	}
	if data, err := far.File(t.Context(), ipfsstore.Ref{CID: root}); err != nil || len(data) != 3_200_000 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	unknown, err := openStore(t).Keys().Generate("u")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := far.Resolve(t.Context(), unknown.ID(), ipfsstore.ResolveOptions{}); !errors.As(err, new(*ipfsstore.UnresolvedError)) {
		t.Errorf("unknown name: %v", err)
	}
	for path, want := range map[string]int{"/routing/v1/providers/" + root.String(): 1, "/routing/v1/providers/bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e": 0} {
		resp, err := http.Get("http://" + web.Addr + path)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Providers []provider }
		err = json.NewDecoder(resp.Body).Decode(&answer)
		resp.Body.Close()
		if err != nil || len(answer.Providers) != want || want == 1 && answer.Providers[0].ID != "peer" {
			t.Errorf("%s: %v, %v", path, answer, err)
		}
	}
	resp, err := http.Get("http://" + web.Addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	for _, line := range []string{`ipnpm_served_blocks_total{outlet="gateway"} 3`, `ipnpm_served_records_total{outlet="gateway"} 1`, `ipnpm_served_misses_total{outlet="gateway"} 1`} {
		if !strings.Contains(string(text), line+"\n") {
			t.Errorf("metrics without %q:\n%s", line, text)
		}
	}
	if err := web.Close(); err != nil {
		t.Error(err)
	}
}

// TestPathAsSource has our own gateway source ask a share by a path.
func TestPathAsSource(t *testing.T) {
	store := openStore(t)
	server := httptest.NewServer(New(store, Limits{}).Handler(Self{}, true))
	defer server.Close()
	source, err := ipfsstore.Gateway(server.URL, ipfsstore.GatewayOptions{Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	far, err := ipfsstore.Open(ipfsstore.Options{Dir: t.TempDir(), Sources: []ipfsstore.Source{source}})
	if err != nil {
		t.Fatal(err)
	}
	dir := directory(t, store, 5, false)
	if err := far.BringFiles(t.Context(), dir, "file-3", func(size int64) bool { return size == 2 }); err != nil || !far.Has(dir) {
		t.Errorf("by its path: %v", err)
	}
	for _, path := range []string{"file-9", "file-3/below"} {
		if err := far.BringFiles(t.Context(), dir, path, func(int64) bool { return true }); !errors.Is(err, ipfsstore.ErrNotFound) {
			t.Errorf("%s: %v", path, err)
		}
	}
	shard := directory(t, store, 600, true)
	if err := far.BringFiles(t.Context(), shard, "file-3", func(int64) bool { return true }); err == nil || far.Has(shard) {
		t.Errorf("through a directory of several blocks: %v", err)
	}
}

// TestHost refuses a page that points a name of its own at loopback.
func TestHost(t *testing.T) {
	h := New(openStore(t), Limits{}).Handler(Self{}, true)
	for host, want := range map[string]bool{
		"127.0.0.1:8801": true, "localhost:8801": true, "[::1]:8801": true, "10.0.0.2": true,
		"evil.example": false, "evil.example:8801": false, "localhost.evil.example": false, "": false,
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Code == http.StatusOK; got != want {
			t.Errorf("host %q: status %d", host, w.Code)
		}
	}
}

// TestTruncated never ends a CAR that lacks a block as if it were whole.
func TestTruncated(t *testing.T) {
	store := openStore(t)
	root, bs, err := ipfsstore.ImportLayout(bytes.Repeat([]byte("x"), 3<<20))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.PutBlocks(t.Context(), slices.DeleteFunc(bs, func(b blocks.Block) bool { return !b.Cid().Equals(root) })); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(New(store, Limits{}).Handler(Self{}, true))
	defer server.Close()
	resp, err := http.Get(server.URL + "/ipfs/" + root.String() + "?format=car")
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	if err == nil {
		t.Error("half a CAR was read to its end")
	}
}

func TestLimits(t *testing.T) {
	store := openStore(t)
	var cids []cid.Cid
	for i := range 3 {
		c, err := store.Import(t.Context(), bytes.Repeat([]byte{byte(i)}, 1000))
		if err != nil {
			t.Fatal(err)
		}
		cids = append(cids, c)
	}
	share := New(store, Limits{Daily: 2500})
	clock := time.Now()
	share.now = func() time.Time { return clock }
	a, b := share.Outlet("a"), share.Outlet("b")
	for i, out := range []*Outlet{a, b} {
		if _, err := out.Held(t.Context(), cids[i]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Held(t.Context(), cids[2]); !errors.Is(err, ipfsstore.ErrNotFound) {
		t.Errorf("beyond the quota: %v", err)
	}
	if _, ok := b.HeldSize(cids[2]); ok {
		t.Error("what is beyond the quota is told to be here")
	}
	clock = clock.Add(day)
	if _, err := a.Held(t.Context(), cids[2]); err != nil {
		t.Errorf("the next day: %v", err)
	}

	slow := New(store, Limits{Rate: 10}).Outlet("slow")
	slow.share.rate.AllowN(time.Now(), ipfsstore.MaxBlock) // what may be spent at once is spent
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := slow.Held(ctx, cids[0]); err == nil {
		t.Error("1,000 bytes were handed out in a second, at 10 a second")
	}
}

package ipfsstore

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/ipnpm/ipnpm/internal/kubotest"
	"github.com/ipnpm/ipnpm/tarball"
)

// TestLayoutIsKubos adds the same bytes here and in a real Kubo.
func TestLayoutIsKubos(t *testing.T) {
	t.Parallel()
	node := kubotest.Start(t, kubotest.Options{})
	for _, n := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 5*chunkSize + 17} {
		data := randomBytes(6, n)
		root, _, err := ImportLayout(data)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSpace(node.Run(t, data, "add", "-Q", "--only-hash", "--cid-version=1", "--raw-leaves",
			"--chunker=size-1048576", "--max-file-links=1024"))
		if root.String() != want {
			t.Errorf("%d bytes: %s, Kubo says %s", n, root, want)
		}
	}
}

// TestPublishResolveFetch is the whole way: one machine imports, pushes and
// publishes by its Kubo; another, empty, resolves and fetches.
func TestPublishResolveFetch(t *testing.T) {
	t.Parallel()
	node := kubotest.Start(t, kubotest.Options{})
	kubo := kuboOf(t, node.API, KuboOptions{Offline: true})
	publisher := openStore(t, Options{Sources: []Source{kubo}})
	data := randomBytes(7, 2*chunkSize+100)
	root, err := publisher.Import(testContext(t), data)
	if err != nil {
		t.Fatal(err)
	}
	if err := publisher.Push(testContext(t), kubo, []cid.Cid{root}); err != nil {
		t.Fatal(err)
	}
	if pins := node.Run(t, nil, "pin", "ls", "--type=recursive"); !strings.Contains(pins, root.String()) {
		t.Errorf("not pinned:\n%s", pins)
	}
	key, err := publisher.Keys().Generate("registry")
	if err != nil {
		t.Fatal(err)
	}
	out, err := publisher.Publish(testContext(t), key, root, time.Hour, time.Minute)
	if err != nil || len(out.Put) != 1 || out.Put[0].Err != nil {
		t.Fatalf("%+v, %v", out.Put, err)
	}
	if got := strings.TrimSpace(node.Run(t, nil, "name", "resolve", key.ID())); got != "/ipfs/"+root.String() {
		t.Errorf("Kubo resolves %s to %q", key.ID(), got)
	}

	gateway, err := Gateway(node.Gateway, GatewayOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []Source{kubo, gateway} {
		reader := openStore(t, Options{Sources: []Source{src}})
		rec, err := reader.Resolve(testContext(t), key.ID(), ResolveOptions{})
		if err != nil || !rec.Root.Equals(root) || rec.Sequence != 1 {
			t.Fatalf("%s: %+v, %v", src.Name(), rec, err)
		}
		got, err := reader.File(testContext(t), Ref{CID: rec.Root, Integrity: tarball.Sum512(data)})
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, %v", src.Name(), len(got), err)
		}
	}
	again, err := publisher.Publish(testContext(t), key, rawCID(nil), 0, 0)
	if err != nil || again.Sequence != 2 || again.Put[0].Err != nil {
		t.Fatalf("%+v, %v", again, err)
	}
	rec, err := openStore(t, Options{Sources: []Source{kubo}}).Resolve(testContext(t), key.ID(), ResolveOptions{})
	if err != nil || rec.Sequence != 2 {
		t.Errorf("after an update: %+v, %v", rec, err)
	}
}

// TestResolveAcrossNodes has the record travel by the DHT.
func TestResolveAcrossNodes(t *testing.T) {
	t.Parallel()
	a := kubotest.Start(t, kubotest.Options{Online: true})
	b := kubotest.Start(t, kubotest.Options{Online: true, Peers: []*kubotest.Node{a}})
	key := testKey(t)
	data := []byte("from a to b")
	s := openStore(t, Options{Sources: []Source{kuboOf(t, a.API, KuboOptions{})}})
	root, err := s.Import(testContext(t), data)
	if err == nil {
		err = s.Push(testContext(t), kuboOf(t, a.API, KuboOptions{}), []cid.Cid{root})
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Publish(testContext(t), key, root, time.Hour, time.Minute)
	if err != nil || out.Put[0].Err != nil {
		t.Fatalf("%+v, %v", out.Put, err)
	}
	reader := openStore(t, Options{Sources: []Source{kuboOf(t, b.API, KuboOptions{})}})
	rec, err := reader.Resolve(testContext(t), key.ID(), ResolveOptions{})
	if err != nil || !rec.Root.Equals(root) {
		t.Fatalf("%+v, %v", rec, err)
	}
	if got, err := reader.File(testContext(t), Ref{CID: rec.Root}); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestKubosOwnKeys(t *testing.T) {
	t.Parallel()
	node := kubotest.Start(t, kubotest.Options{})
	kubo := kuboOf(t, node.API, KuboOptions{})
	s := openStore(t, Options{Sources: []Source{kubo}})
	ks := s.Keys()
	mine, err := ks.Generate("mine")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "mine.key")
	data, err := ks.Export("mine")
	if err == nil {
		err = os.WriteFile(file, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(node.Run(t, nil, "key", "import", "mine", file)); got != mine.ID() {
		t.Errorf("Kubo imports %s as %q", mine.ID(), got)
	}
	for _, format := range []string{"libp2p-protobuf-cleartext", "pem-pkcs8-cleartext"} {
		out := filepath.Join(t.TempDir(), format)
		node.Run(t, nil, "key", "export", "--format="+format, "-o", out, "mine")
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ks.Import(format, data); err != nil || back.ID() != mine.ID() {
			t.Errorf("%s: %v, %v", format, back.ID(), err)
		}
	}
	keys, err := kubo.Keys(testContext(t))
	if err != nil || keys["mine"] != mine.ID() || keys["self"] == "" {
		t.Errorf("keys: %v, %v", keys, err)
	}
	root := rawCID([]byte("root"))
	name, err := kubo.PublishKey(testContext(t), "mine", root, time.Hour, time.Minute)
	if err != nil || name != mine.ID() {
		t.Fatalf("published as %q, %v", name, err)
	}
	rec, err := s.Resolve(testContext(t), name, ResolveOptions{})
	if err != nil || !rec.Root.Equals(root) || time.Until(rec.Validity) > time.Hour {
		t.Errorf("%+v, %v", rec, err)
	}
	if _, err := kubo.PublishKey(testContext(t), "no such key", root, 0, 0); err == nil {
		t.Error("published with a key that is not there")
	}
}

func TestFindKubo(t *testing.T) {
	t.Parallel()
	node := kubotest.Start(t, kubotest.Options{})
	if addr, ok := FindKubo(node.RepoPath); !ok || addr != node.API {
		t.Errorf("live daemon: %q, %v", addr, ok)
	}
	node.Kill()
	start := time.Now()
	if addr, ok := FindKubo(node.RepoPath); ok {
		t.Errorf("killed daemon found at %q", addr)
	}
	if _, err := os.Stat(filepath.Join(node.RepoPath, "api")); err != nil {
		t.Errorf("the case needs a stale api file: %v", err)
	}
	stale := func(what, addr string) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "api"), []byte(addr+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, ok := FindKubo(dir); ok {
			t.Errorf("%s: found at %q", what, got)
		}
	}
	other := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusForbidden)
	}))
	stale("another program's port", other)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	stale("a port that accepts and is silent", silent.Addr().String())
	stale("empty", "")
	stale("nonsense", "/dns4/!/tcp/x")
	if _, ok := FindKubo(filepath.Join(t.TempDir(), "none")); ok {
		t.Error("found without a repository")
	}
	if d := time.Since(start); d >= defaultWait {
		t.Errorf("probing took %v, as long as a request may", d)
	}
}

// TestKuboKilledMidFetch kills the daemon after the first blocks; the next
// source finishes.
func TestKuboKilledMidFetch(t *testing.T) {
	t.Parallel()
	node := kubotest.Start(t, kubotest.Options{})
	c := newContent()
	var cids []cid.Cid
	for i := range 400 {
		cids = append(cids, c.add(t, randomBytes(uint64(i), 20<<10)))
	}
	kubo := filled(t, kuboOf(t, node.API, KuboOptions{Offline: true, Concurrency: 2}), c)
	s := openStore(t, Options{Sources: []Source{kubo, gatewayOf(t, gatewayHandler(c), GatewayOptions{})}})
	n := 0
	err := s.Blocks(testContext(t), cids, func(blocks.Block) error {
		if n++; n == 20 {
			node.Kill()
		}
		return nil
	})
	use := s.Usage()
	if err != nil || n != len(cids) {
		t.Errorf("%d blocks, %v", n, err)
	}
	if use[1].Blocks < 20 || use[2].Blocks == 0 {
		t.Errorf("usage %+v", use)
	}
	alone := openStore(t, Options{Sources: []Source{kubo}})
	_, err = alone.File(testContext(t), Ref{CID: rawCID([]byte("more"))})
	if !errors.As(err, new(*UnavailableError)) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("dead daemon: %v", err)
	}
}

func TestDagImportRefuses(t *testing.T) {
	t.Parallel()
	node := kubotest.Start(t, kubotest.Options{})
	kubo := kuboOf(t, node.API, KuboOptions{})
	none := func(func(blocks.Block, error) bool) {}
	if err := kubo.ImportCAR(testContext(t), []cid.Cid{rawCID([]byte("absent"))}, none); err == nil {
		t.Error("a root without blocks was pinned")
	}
	broken := errors.New("broken stream")
	err := kubo.ImportCAR(testContext(t), nil, func(yield func(blocks.Block, error) bool) { yield(nil, broken) })
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the stream's own error", err)
	}
}

// A daemon that hangs up is no reason to go on reading what was to be sent.
func TestDagImportEnds(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no", http.StatusInternalServerError)
	}))
	t.Cleanup(server.Close)
	kubo := kuboOf(t, server.URL, KuboOptions{})
	reading := false
	err := kubo.ImportCAR(testContext(t), nil, func(yield func(blocks.Block, error) bool) {
		reading = true
		defer func() { reading = false }()
		for i := 0; yield(blocks.NewBlock(bytes.Repeat(fileOf(i), 1<<10)), nil); i++ {
		}
	})
	if err == nil || reading {
		t.Errorf("%v, and blocks are asked for: %v", err, reading)
	}
}

// TestAbsentBlocksDoNotHoldUp asks an online daemon for what nobody has.
func TestAbsentBlocksDoNotHoldUp(t *testing.T) {
	t.Parallel()
	node := kubotest.Start(t, kubotest.Options{Online: true})
	var searches atomic.Int64
	counting := roundTripper(func(req *http.Request) (*http.Response, error) {
		if strings.Contains(req.URL.RawQuery, "offline=false") {
			searches.Add(1)
		}
		return http.DefaultTransport.RoundTrip(req)
	})
	// A busy machine's daemon may take its time for what it holds, too.
	kubo := kuboOf(t, node.API, KuboOptions{Wait: 5 * time.Second, Concurrency: 4, Transport: counting})
	var cids []cid.Cid
	for i := range 200 {
		cids = append(cids, rawCID(fileOf(i)))
	}
	c := newContent()
	cids = append(cids, c.add(t, []byte("this one is there")))
	filled(t, kubo, c)
	var got collect
	if err := kubo.Blocks(testContext(t), cids, got.yield); err != nil || got.n != 1 {
		t.Errorf("%d blocks, %v", got.n, err)
	}
	// Those under way when the last failure of the row came in are waited for.
	if n := searches.Load(); n < maxFailures || n >= maxFailures+4 {
		t.Errorf("peers were asked %d times for what they do not have", n)
	}
}

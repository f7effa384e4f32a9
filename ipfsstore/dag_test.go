package ipfsstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	format "github.com/ipfs/go-ipld-format"

	"github.com/ipnpm/ipnpm/tarball"
)

// folder files n small files and one of several blocks under a directory.
func (c *content) folder(t testing.TB, n int) (dir cid.Cid, files map[cid.Cid][]byte) {
	t.Helper()
	node := unixfs.EmptyDirNode()
	node.SetCidBuilder(merkledag.V1CidPrefix())
	files = map[cid.Cid][]byte{}
	for i := range n {
		size := 1000 + i
		if i == n/2 {
			size = 5 << 19
		}
		data := randomBytes(uint64(i), size)
		root := c.add(t, data)
		files[root] = data
		if err := node.AddRawLink(fmt.Sprintf("%03d", i), &format.Link{Cid: root, Size: uint64(size)}); err != nil {
			t.Fatal(err)
		}
	}
	c.blocks[node.Cid().String()] = node.RawData()
	return node.Cid(), files
}

// carHandler serves blocks one by one as gatewayHandler does, counting them,
// and as a CAR what is below a root, changed by alter.
func carHandler(t testing.TB, c *content, single *atomic.Int64, alter func(car []byte) []byte) http.Handler {
	t.Helper()
	raw := gatewayHandler(c)
	source := openStore(t, Options{Sources: []Source{&memory{content: c, name: "memory"}}})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("format") != "car" {
			single.Add(1)
			raw.ServeHTTP(w, r)
			return
		}
		if r.Header.Get("Cache-Control") != "only-if-cached" || r.URL.Query().Get("dag-scope") != "all" {
			http.Error(w, "not a request for what is here", http.StatusBadRequest)
			return
		}
		text, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/ipfs/"), "/")
		root, err := ParseCID(text)
		var car bytes.Buffer
		if err == nil {
			err = writeCAR(r.Context(), &car, []cid.Cid{root}, func(put func(blocks.Block) error) error {
				return walkPath(r.Context(), source, root, path, put)
			})
		}
		if err != nil {
			w.WriteHeader(http.StatusPreconditionFailed)
			return
		}
		_, _ = w.Write(alter(car.Bytes()))
	})
}

// walkPath hands over the nodes along a path, and what is there; where there is no such
// path, the nodes that show it.
func walkPath(ctx context.Context, s *Store, c cid.Cid, path string, put func(blocks.Block) error) error {
	if path == "" {
		return s.Walk(ctx, []cid.Cid{c}, put)
	}
	name, path, _ := strings.Cut(path, "/")
	var next cid.Cid
	err := s.Blocks(ctx, []cid.Cid{c}, func(b blocks.Block) error {
		node, err := decodeNode(b)
		if err != nil {
			return err
		}
		if link, err := node.GetNodeLink(name); err == nil {
			next = link.Cid
		}
		return put(b)
	})
	if err != nil || !next.Defined() {
		return err
	}
	return walkPath(ctx, s, next, path, put)
}

// under files a directory as an entry of another.
func (c *content) under(t testing.TB, name string, dir cid.Cid, size uint64) cid.Cid {
	t.Helper()
	node := unixfs.EmptyDirNode()
	node.SetCidBuilder(merkledag.V1CidPrefix())
	if err := node.AddRawLink(name, &format.Link{Cid: dir, Size: size}); err != nil {
		t.Fatal(err)
	}
	c.blocks[node.Cid().String()] = node.RawData()
	return node.Cid()
}

func whole(car []byte) []byte { return car }

func always(int64) bool { return true }

func TestFilesOfADAG(t *testing.T) {
	c := newContent()
	dir, files := c.folder(t, 40)
	var single atomic.Int64
	s := openStore(t, Options{Sources: []Source{gatewayOf(t, carHandler(t, c, &single, whole), GatewayOptions{})}})
	var came atomic.Int64
	roots := slices.Collect(maps.Keys(files))
	expected := s.Expect(roots, func(c cid.Cid) {
		if files[c] != nil {
			came.Add(1)
		}
	})
	// They are asked for before they come, and wait.
	var readers sync.WaitGroup
	for root, want := range files {
		readers.Go(func() {
			got, err := s.File(testContext(t), Ref{CID: root, Integrity: tarball.Sum512(want)})
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
			}
		})
	}
	if err := s.BringDAG(testContext(t), dir, "", always); err != nil {
		t.Fatal(err)
	}
	expected.End()
	expected.End()
	readers.Wait()
	if single.Load() != 0 || came.Load() != int64(len(files)) {
		t.Errorf("%d single requests, %d of %d files announced", single.Load(), came.Load(), len(files))
	}
	if u := s.Usage(); u[0].Blocks != 0 || u[1].Blocks != int64(len(c.blocks)) {
		t.Errorf("usage of %d blocks: %v", len(c.blocks), u)
	}
	for _, want := range files {
		if _, _, ok := s.Known(tarball.Sum512(want)); !ok {
			t.Fatal("the digest of a file that came is not remembered")
		}
	}
	if s.Expect(nil, nil).Add(roots[0]) {
		t.Error("what came is to come")
	}
}

// TestFilesAlone brings the files of a directory without its nodes. What somebody
// waits for is handed over as it came, once, and is on the disk too.
func TestFilesAlone(t *testing.T) {
	c := newContent()
	dir, files := c.folder(t, 40)
	var single atomic.Int64
	s := openStore(t, Options{Sources: []Source{gatewayOf(t, carHandler(t, c, &single, whole), GatewayOptions{})}})
	roots := slices.Collect(maps.Keys(files))
	expected := s.Expect(roots, func(cid.Cid) {})
	if err := s.BringFiles(testContext(t), dir, "", always); err != nil {
		t.Fatal(err)
	}
	if s.Has(dir) {
		t.Error("the directory is kept")
	}
	for _, root := range roots {
		if !s.HasFile(root) {
			t.Fatalf("%s is not on the disk", root)
		}
	}
	first := roots[0]
	if err := os.Remove(s.disk.path(first)); err != nil {
		t.Fatal(err)
	}
	for asked, want := range []int64{0, 1} {
		if got, err := s.File(testContext(t), Ref{CID: first}); err != nil || !bytes.Equal(got, files[first]) {
			t.Errorf("%d bytes of %d, %v", len(got), len(files[first]), err)
		}
		if got := single.Load(); got != want {
			t.Errorf("asked for the %d. time: %d requests, want %d", asked+1, got, want)
		}
	}
	expected.End()
	if s.arrivals.held != nil || s.arrivals.bytes != 0 {
		t.Error("blocks are held with nobody to wait for them")
	}
}

func TestExpectedInVain(t *testing.T) {
	c := newContent()
	dir, files := c.folder(t, 40)
	car := func(b []byte) []byte { return b[:len(b)*2/3] }
	var single atomic.Int64
	s := openStore(t, Options{Sources: []Source{gatewayOf(t, carHandler(t, c, &single, car), GatewayOptions{})}})
	roots := slices.Collect(maps.Keys(files))
	expected := s.Expect(roots, func(cid.Cid) {})
	var readers sync.WaitGroup
	for root, want := range files {
		readers.Go(func() {
			if got, err := s.File(testContext(t), Ref{CID: root}); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes of %d, %v", len(got), len(want), err)
			}
		})
	}
	if err := s.BringDAG(testContext(t), dir, "", always); err == nil {
		t.Error("a CAR that breaks off passes for whole")
	}
	if single.Load() != 0 {
		t.Errorf("%d single requests while the rest was expected", single.Load())
	}
	expected.End()
	readers.Wait()
	if n := single.Load(); n == 0 || n >= int64(len(c.blocks)) {
		t.Errorf("%d single requests for %d blocks, of which two thirds had come", n, len(c.blocks))
	}
}

func TestHostileAnswers(t *testing.T) {
	c := newContent()
	dir, files := c.folder(t, 40)
	other := newContent()
	stray, _ := other.folder(t, 3)
	var strayCAR bytes.Buffer
	source := openStore(t, Options{Sources: []Source{&memory{content: other, name: "memory"}}})
	if err := source.Export(testContext(t), []cid.Cid{stray}, &strayCAR); err != nil {
		t.Fatal(err)
	}
	modest, vast := c.under(t, "files", dir, 10), c.under(t, "files", dir, 1<<60)
	for _, tc := range []struct {
		what  string
		alter func([]byte) []byte
		root  cid.Cid
		path  string
		want  string
		lie   bool
	}{
		{"whole", whole, dir, "", "", false},
		{"cut", func(b []byte) []byte { return b[:len(b)/2] }, dir, "", "unexpected EOF", false},
		{"changed", func(b []byte) []byte { return flip(b, len(b)-100) }, dir, "", "do not hash", true},
		{"another", func([]byte) []byte { return strayCAR.Bytes() }, dir, "", "was not asked for", false},
		{"more than promised", whole, modest, "", "more bytes", false},
		{"more than there is", whole, vast, "", "more than", false},
		{"no CAR", func([]byte) []byte { return []byte("<html>") }, dir, "", "reading CAR", false},
		{"nothing", func([]byte) []byte { return nil }, dir, "", "reading CAR", false},
		{"whole, by its path", whole, modest, "files", "", false},
		{"cut, by its path", func(b []byte) []byte { return b[:len(b)/2] }, modest, "files", "unexpected EOF", false},
		{"another, by its path", func([]byte) []byte { return strayCAR.Bytes() }, modest, "files", "was not asked for", false},
		{"no such path", whole, modest, "others", "no source hands over", false},
		{"no such path below", whole, modest, "files/others", "not found", false},
		{"a path through a file", whole, modest, "files/000/others", "not found", false},
	} {
		t.Run(tc.what, func(t *testing.T) {
			g := gatewayOf(t, carHandler(t, c, new(atomic.Int64), tc.alter), GatewayOptions{})
			s := openStore(t, Options{Sources: []Source{g}})
			err := s.BringDAG(testContext(t), tc.root, tc.path, always)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if lied := len(s.Dropped()) > 0; lied != tc.lie {
				t.Errorf("dropped: %v", s.Dropped())
			}
			for root, want := range files {
				if !s.Has(root) {
					continue
				}
				if got, err := s.File(testContext(t), Ref{CID: root}); tc.want == "" && (err != nil || !bytes.Equal(got, want)) {
					t.Errorf("kept %d bytes of %d, %v", len(got), len(want), err)
				}
			}
		})
	}
}

// TestUnwanted is told the size before anything but the way there is read.
func TestUnwanted(t *testing.T) {
	c := newContent()
	dir, files := c.folder(t, 40)
	root := c.under(t, "files", dir, 0)
	g := gatewayOf(t, carHandler(t, c, new(atomic.Int64), whole), GatewayOptions{})
	s := openStore(t, Options{Sources: []Source{g}})
	var bytes int64
	for _, data := range files {
		bytes += int64(len(data))
	}
	for asked, tc := range []struct {
		root cid.Cid
		path string
	}{{dir, ""}, {root, "files"}} {
		var said []int64
		err := s.BringFiles(testContext(t), tc.root, tc.path, func(size int64) bool {
			said = append(said, size)
			return false
		})
		if !errors.Is(err, ErrNotWanted) || len(said) != 1 || said[0] < bytes || said[0] > bytes+bytes/50 {
			t.Errorf("%q: %v; asked about %d bytes, there are %d", tc.path, err, said, bytes)
		}
		if s.Has(dir) || s.Has(root) != (asked == 1) {
			t.Errorf("%q: what is not wanted was kept, or the way there was not", tc.path)
		}
	}
	if len(s.Dropped()) > 0 {
		t.Errorf("dropped: %v", s.Dropped())
	}
}

func TestNoDAG(t *testing.T) {
	c := newContent()
	dir, _ := c.folder(t, 4)
	able := gatewayOf(t, carHandler(t, c, new(atomic.Int64), whole), GatewayOptions{})
	empty := gatewayOf(t, carHandler(t, newContent(), new(atomic.Int64), whole), GatewayOptions{})
	unable := &memory{content: c, name: "memory"}
	for what, o := range map[string]Options{
		"no source":       {},
		"another first":   {Sources: []Source{unable, able}},
		"not there":       {Sources: []Source{empty}},
		"not asked":       {Sources: []Source{able}, Offline: true},
		"no source found": {Find: func() ([]Source, error) { return nil, nil }},
	} {
		s := openStore(t, o)
		if err := s.BringDAG(testContext(t), dir, "", always); !errors.Is(err, ErrNoDAG) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if s := openStore(t, Options{Sources: []Source{able}}); !s.BringsDAGs() {
		t.Error("a gateway brings DAGs")
	}
}

func TestSlowDAG(t *testing.T) {
	b := blocks.NewBlock([]byte("slow"))
	ago := func(d time.Duration, n, bytes int) error {
		in := &incoming{since: time.Now().Add(-d), blocks: n, bytes: bytes}
		return in.pace(len(b.RawData()))
	}
	for what, got := range map[string]error{
		"within the second": ago(0, 0, 0),
		"many blocks":       ago(2*time.Second, slowestBlocks, 0),
		"many bytes":        ago(2*time.Second, 0, slowestBytes),
	} {
		if got != nil {
			t.Errorf("%s: %v", what, got)
		}
	}
	if err := ago(2*time.Second, 3, 3000); !errors.Is(err, errSlowDAG) {
		t.Errorf("three blocks in two seconds: %v", err)
	}
}

func TestDAGThatStalls(t *testing.T) {
	c := newContent()
	dir, _ := c.folder(t, 4)
	g := gatewayOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, " ")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}), GatewayOptions{Wait: 50 * time.Millisecond})
	s := openStore(t, Options{Sources: []Source{g}})
	if err := s.BringDAG(testContext(t), dir, "", always); !errors.As(err, new(*StallError)) {
		t.Errorf("got %v", err)
	}
}

package ipfsstore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	uio "github.com/ipfs/boxo/ipld/unixfs/io"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	"github.com/ipnpm/ipnpm/tarball"
)

// fileNode makes a file's inner node whose sizes may lie.
func fileNode(t *testing.T, inline []byte, children []ipld.Node, sizes []uint64) ipld.Node {
	t.Helper()
	file := unixfs.NewFSNode(unixfs.TFile)
	file.SetData(inline)
	node := new(merkledag.ProtoNode)
	if err := node.SetCidBuilder(uio.UnixFS_v1_2025.CidBuilder()); err != nil {
		t.Fatal(err)
	}
	for i, child := range children {
		file.AddBlockSize(sizes[i])
		if err := node.AddNodeLink("", child); err != nil {
			t.Fatal(err)
		}
	}
	data, err := file.GetBytes()
	if err != nil {
		t.Fatal(err)
	}
	node.SetData(data)
	return node
}

func leaf(t *testing.T, data string) ipld.Node {
	t.Helper()
	n, err := merkledag.NewRawNodeWPrefix([]byte(data), uio.UnixFS_v1_2025.CidBuilder())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestHostileDAGs reads DAGs whose blocks are sound and whose sum is not.
func TestHostileDAGs(t *testing.T) {
	l := leaf(t, "leaf")
	dir := unixfs.EmptyDirNode()
	if err := dir.SetCidBuilder(uio.UnixFS_v1_2025.CidBuilder()); err != nil {
		t.Fatal(err)
	}
	repeat := func(n int, node ipld.Node, size uint64) ipld.Node {
		nodes, sizes := make([]ipld.Node, n), make([]uint64, n)
		for i := range nodes {
			nodes[i], sizes[i] = node, size
		}
		return fileNode(t, nil, nodes, sizes)
	}
	wide := repeat(1000, l, 4)
	wider := repeat(1000, wide, 4000)
	deep := []ipld.Node{l}
	for range maxDepth + 1 {
		deep = append(deep, fileNode(t, nil, deep[len(deep)-1:], []uint64{4}))
	}
	cases := map[string]struct {
		root  ipld.Node
		nodes []ipld.Node
		words string
	}{
		"a directory":           {dir, nil, "Directory"},
		"child smaller":         {repeat(2, l, 5), nil, "parent says"},
		"child larger":          {repeat(2, l, 3), nil, "parent says"},
		"empty child":           {repeat(1, leaf(t, ""), 0), []ipld.Node{leaf(t, "")}, "child of 0 bytes"},
		"overflow":              {fileNode(t, nil, []ipld.Node{l, l}, []uint64{1<<63 + 5, 1<<63 - 1}), nil, "child of"},
		"enormous":              {repeat(1, l, MaxFile), nil, "parent says"},
		"a million small links": {wider, []ipld.Node{wide}, "too many blocks"},
		"bottomless":            {deep[len(deep)-1], deep[:len(deep)-1], "too many levels"},
	}
	for what, tc := range cases {
		t.Run(what, func(t *testing.T) {
			s := openStore(t, Options{})
			bs := []blocks.Block{tc.root, l}
			for _, n := range tc.nodes {
				bs = append(bs, n)
			}
			if err := s.PutBlocks(testContext(t), bs); err != nil {
				t.Fatal(err)
			}
			_, err := s.File(testContext(t), Ref{CID: tc.root.Cid()})
			if !errors.As(err, new(*FileError)) || !strings.Contains(err.Error(), tc.words) {
				t.Errorf("got %v, want %q", err, tc.words)
			}
		})
	}
}

// TestOtherLayouts reads files that another builder cut: bytes in inner nodes,
// before their children, at unequal depth.
func TestOtherLayouts(t *testing.T) {
	a, b := leaf(t, "aa"), leaf(t, "bbb")
	inner := fileNode(t, []byte("in"), []ipld.Node{b}, []uint64{3})
	root := fileNode(t, []byte("head"), []ipld.Node{a, inner, a}, []uint64{2, 5, 2})
	s := openStore(t, Options{})
	if err := s.PutBlocks(testContext(t), []blocks.Block{a, b, inner, root}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.File(testContext(t), Ref{CID: root.Cid()}); err != nil || string(got) != "headaainbbbaa" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestDigestTableSurvivesTornLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "digests")
	put := func(i int) {
		t.Helper()
		if err := (&digestTable{path: path}).put(tarball.Sum512(fileOf(i)), rawCID(fileOf(i)), int64(i)+1000); err != nil {
			t.Fatal(err)
		}
	}
	put(0)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) {
		if err := os.WriteFile(path, whole[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		put(1)
		table := &digestTable{path: path}
		if _, n, ok := table.get(tarball.Sum512(fileOf(1))); !ok || n != 1001 {
			t.Fatalf("cut at %d: the next line is lost", cut)
		}
		if _, n, ok := table.get(tarball.Sum512(fileOf(0))); ok && n != 1000 {
			t.Fatalf("cut at %d: a torn line passes with size %d", cut, n)
		}
	}
}

func TestDigestTableSeesOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "digests")
	reader, writer := &digestTable{path: path}, &digestTable{path: path}
	for i := range 20 {
		key := tarball.Sum512(fileOf(i))
		if _, _, ok := reader.get(key); ok {
			t.Fatal("known too early")
		}
		for range 2 { // the second is no news
			if err := writer.put(key, rawCID(fileOf(i)), 1); err != nil {
				t.Fatal(err)
			}
		}
		if c, _, ok := reader.get(key); !ok || !c.Equals(rawCID(fileOf(i))) {
			t.Fatal("not seen")
		}
	}
	data, err := os.ReadFile(path)
	if err != nil || bytes.Count(data, []byte("sha512-")) != 20 {
		t.Errorf("%d lines, %v", bytes.Count(data, []byte("sha512-")), err)
	}
	for _, bad := range []string{"", "md5-xx", "sha512-AAAA", "sha512"} {
		if err := writer.put(bad, rawCID(nil), 1); err == nil {
			t.Errorf("integrity %q recorded", bad)
		}
	}
	if err := writer.put(tarball.Sum512(nil), cid.Undef, 1); err == nil {
		t.Error("no CID recorded")
	}
}

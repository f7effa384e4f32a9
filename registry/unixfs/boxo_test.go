package unixfs

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	chunk "github.com/ipfs/boxo/chunker"
	"github.com/ipfs/boxo/ipld/merkledag"
	mdtest "github.com/ipfs/boxo/ipld/merkledag/test"
	boxofs "github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/boxo/ipld/unixfs/hamt"
	"github.com/ipfs/boxo/ipld/unixfs/importer/balanced"
	"github.com/ipfs/boxo/ipld/unixfs/importer/helpers"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
)

func profile() cid.Builder { return cid.V1Builder{Codec: codecDagPB, MhType: hashSHA256} }

// boxoShard is what boxo makes of entries as a sharded directory.
func boxoShard(t testing.TB, entries []Link) cid.Cid {
	t.Helper()
	s, err := hamt.NewShard(mdtest.Mock(), fanout)
	if err != nil {
		t.Fatal(err)
	}
	s.SetCidBuilder(profile())
	for _, l := range entries {
		if err := s.SetLink(context.Background(), l.Name, &ipld.Link{Name: l.Name, Cid: l.CID, Size: l.Size}); err != nil {
			t.Fatal(err)
		}
	}
	n, err := s.Node()
	if err != nil {
		t.Fatal(err)
	}
	return n.Cid()
}

func boxoPlain(t testing.TB, entries []Link) ipld.Node {
	t.Helper()
	n := boxofs.EmptyDirNode()
	if err := n.SetCidBuilder(profile()); err != nil {
		t.Fatal(err)
	}
	for _, l := range entries {
		if err := n.AddRawLink(l.Name, &ipld.Link{Cid: l.CID, Size: l.Size}); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func TestDirectoryEqualsBoxo(t *testing.T) {
	for _, n := range []int{0, 1, 10, 1000, 3000, 3700, 5000, 20000} {
		es := entries(t, n)
		plain := boxoPlain(t, es)
		want := plain.Cid()
		if len(plain.RawData()) > maxPlainBlock {
			want = boxoShard(t, es)
		}
		rand.Shuffle(len(es), func(i, j int) { es[i], es[j] = es[j], es[i] })
		got, _, err := Directory(es)
		if err != nil {
			t.Fatal(err)
		}
		if got.CID != want {
			t.Errorf("%d entries (%d bytes plain): %s, boxo has %s", n, len(plain.RawData()), got.CID, want)
		}
		size, err := plain.Size()
		if err != nil {
			t.Fatal(err)
		}
		if len(plain.RawData()) <= maxPlainBlock && got.Size != size {
			t.Errorf("%d entries: size %d, boxo has %d", n, got.Size, size)
		}
	}
}

func TestFileEqualsBoxo(t *testing.T) {
	for _, size := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 2 * chunkSize, 5*chunkSize + 17} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(i >> 8 * 7)
		}
		store := mdtest.Mock()
		p := helpers.DagBuilderParams{Dagserv: store, Maxlinks: fileLinks, RawLeaves: true, CidBuilder: profile()}
		db, err := p.New(chunk.NewSizeSplitter(bytes.NewReader(data), chunkSize))
		if err != nil {
			t.Fatal(err)
		}
		want, err := balanced.Layout(db)
		if err != nil {
			t.Fatal(err)
		}
		total, err := want.Size()
		if err != nil {
			t.Fatal(err)
		}
		got, blocks, err := File(data)
		if err != nil {
			t.Fatal(err)
		}
		if got.CID != want.Cid() || got.Size != total {
			t.Errorf("%d bytes: %s of %d, boxo has %s of %d", size, got.CID, got.Size, want.Cid(), total)
		}
		if estimate := FileSize(got.CID, int64(size)); estimate != total {
			t.Errorf("%d bytes: size estimated %d, is %d", size, estimate, total)
		}
		tree := NewTree(newMemory(blocks...))
		back := tree.Read(context.Background(), []cid.Cid{got.CID}, 1<<30)[0]
		if back.Err != nil || !bytes.Equal(back.Data, data) {
			t.Errorf("%d bytes do not come back: %v", size, back.Err)
		}
	}
}

// TestFileSizeOfManyLevels compares with boxo's layout over more chunks than
// one node holds, made of equal chunks so that the test needs no memory.
func TestFileSizeOfManyLevels(t *testing.T) {
	leaf := make([]byte, chunkSize)
	raw := merkledag.NewRawNode(leaf)
	const chunks = fileLinks + 3
	node := func(n int) (*merkledag.ProtoNode, uint64) {
		fsn := boxofs.NewFSNode(boxofs.TFile)
		out := &merkledag.ProtoNode{}
		if err := out.SetCidBuilder(profile()); err != nil {
			t.Fatal(err)
		}
		for range n {
			fsn.AddBlockSize(chunkSize)
			if err := out.AddNodeLink("", raw); err != nil {
				t.Fatal(err)
			}
		}
		data, err := fsn.GetBytes()
		if err != nil {
			t.Fatal(err)
		}
		out.SetData(data)
		return out, fsn.FileSize()
	}
	full, fullSize := node(fileLinks)
	rest, restSize := node(chunks - fileLinks)
	fsn := boxofs.NewFSNode(boxofs.TFile)
	root := &merkledag.ProtoNode{}
	for i, child := range []*merkledag.ProtoNode{full, rest} {
		fsn.AddBlockSize([]uint64{fullSize, restSize}[i])
		if err := root.AddNodeLink("", child); err != nil {
			t.Fatal(err)
		}
	}
	data, err := fsn.GetBytes()
	if err != nil {
		t.Fatal(err)
	}
	root.SetData(data)
	if err := root.SetCidBuilder(profile()); err != nil {
		t.Fatal(err)
	}
	want, err := root.Size()
	if err != nil {
		t.Fatal(err)
	}
	if got := FileSize(root.Cid(), chunks*chunkSize); got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}

// TestUpdateDependsOnEntriesOnly edits a directory at random, across the
// threshold in both directions, and holds every state to the directory that is
// made of the same entries at once.
func TestUpdateDependsOnEntriesOnly(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	store := newMemory()
	all := entries(t, 9000)
	state := map[string]Link{}
	var dir cid.Cid
	for step, size := range []int{10, 3000, 4000, 9000, 8990, 4100, 3900, 3600, 3000, 4000, 2, 0, 1} {
		edits := map[string]*Link{}
		for name := range state {
			if len(state)-len(edits) > size {
				edits[name] = nil
			}
		}
		for name := range edits {
			delete(state, name)
		}
		for len(state) < size {
			l := all[r.IntN(len(all))]
			l.Size += uint64(r.IntN(3) * 300)
			edits[l.Name], state[l.Name] = &l, l
		}
		edits["never there"] = nil
		// A new Tree, so that nothing is remembered.
		got, blocks, err := NewTree(store).Update(context.Background(), dir, edits)
		if err != nil {
			t.Fatal(err)
		}
		store.put(blocks)
		var es []Link
		for _, l := range state {
			es = append(es, l)
		}
		want, _, err := Directory(es)
		if err != nil {
			t.Fatal(err)
		}
		if got.CID != want.CID || got.Size != want.Size {
			t.Fatalf("step %d, %d entries: %v, want %v", step, size, got, want)
		}
		listed, err := NewTree(store).List(context.Background(), got.CID, 1e6)
		if err != nil || len(listed) != len(state) {
			t.Fatalf("step %d: %d of %d listed: %v", step, len(listed), len(state), err)
		}
		dir = got.CID
	}
}

func TestHashEqualsBoxo(t *testing.T) {
	for n := range 70 {
		name := fmt.Sprintf("%0*d", n, 7)
		s, err := hamt.NewShard(mdtest.Mock(), fanout)
		if err != nil {
			t.Fatal(err)
		}
		l, _, err := File(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SetLink(context.Background(), name, &ipld.Link{Name: name, Cid: l.CID}); err != nil {
			t.Fatal(err)
		}
		nd, err := s.Node()
		if err != nil {
			t.Fatal(err)
		}
		slot, _ := slotOf(hashName(name), 0, 8)
		if got, want := slotLabel(slot, fanout)+name, nd.Links()[0].Name; got != want {
			t.Errorf("%d letters: %s, boxo has %s", n, got, want)
		}
	}
}

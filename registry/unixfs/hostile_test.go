package unixfs

import (
	"errors"
	"slices"
	"testing"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// forge puts data under a CID of its own choice.
func forge(t testing.TB, m *memory, c cid.Cid, data []byte) {
	t.Helper()
	b, err := blocks.NewBlockWithCid(data, c)
	if err != nil {
		t.Fatal(err)
	}
	m.put([]blocks.Block{b})
}

func sealed(t testing.TB, m *memory, links []rawLink, data []byte) cid.Cid {
	t.Helper()
	b, err := seal(codecDagPB, encodeNode(links, data))
	if err != nil {
		t.Fatal(err)
	}
	m.put([]blocks.Block{b})
	return b.Cid()
}

func isFormat(err error) bool {
	_, ok := errors.AsType[*FormatError](err)
	return ok
}

// shard makes the UnixFS message of a shard with any bitmap and fanout.
func shard(bitmap []byte, hash, width uint64) []byte {
	buf := appendVarintField(nil, 1, uint64(kindShard))
	buf = appendBytesField(buf, 2, bitmap)
	buf = appendVarintField(buf, 5, hash)
	return appendVarintField(buf, 6, width)
}

func TestBadNodesAreRefused(t *testing.T) {
	m := newMemory()
	leaf, _, err := File([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	one := func(name string) []rawLink { return []rawLink{{name: name, hash: leaf.CID.KeyString()}} }
	slot, _ := slotOf(hashName("a"), 0, 8)
	for name, c := range map[string]struct {
		links []rawLink
		data  []byte
	}{
		"unsorted":         {append(one("b"), one("a")...), plainData()},
		"repeated":         {append(one("a"), one("a")...), plainData()},
		"not UnixFS":       {one("a"), []byte{0xff}},
		"no type":          {one("a"), nil},
		"symlink":          {one("a"), appendVarintField(nil, 1, 4)},
		"file":             {nil, fileData(nil)},
		"other hash":       {one("61a"), shard([]byte{1}, 0x12, 256)},
		"fanout 0":         {nil, shard(nil, hashMurmur3, 0)},
		"fanout 3":         {nil, shard(nil, hashMurmur3, 3)},
		"fanout 2^40":      {nil, shard(nil, hashMurmur3, 1<<40)},
		"wide bitmap":      {nil, shard(make([]byte, 33), hashMurmur3, 256)},
		"bitmap too full":  {one("00a"), shard([]byte{3}, hashMurmur3, 256)},
		"bitmap too empty": {one("00a"), shard(nil, hashMurmur3, 256)},
		"label missing":    {one("a"), shard([]byte{1}, hashMurmur3, 256)},
		"label of another": {one("01a"), shard([]byte{1}, hashMurmur3, 256)},
		"CID is none":      {[]rawLink{{name: "a", hash: "no"}}, plainData()},
		"shard is none":    {[]rawLink{{name: slotLabel(slot, fanout), hash: "no"}}, shardData([]int{slot})},
	} {
		dir := sealed(t, m, c.links, c.data)
		if got := NewTree(m).Find(t.Context(), dir, [][]string{{"a"}})[0]; !isFormat(got.Err) {
			t.Errorf("%s: find: %+v", name, got)
		}
		if _, err := NewTree(m).List(t.Context(), dir, 100); !isFormat(err) {
			t.Errorf("%s: list: %v", name, err)
		}
		l := Link{CID: leaf.CID}
		if _, _, err := NewTree(m).Update(t.Context(), dir, map[string]*Link{"a": &l}); err == nil {
			t.Errorf("%s: updated", name)
		}
	}
}

// TestCycle has a shard that is its own only child, which no honest hash
// allows, and one whose children repeat, which it does.
func TestCycle(t *testing.T) {
	m := newMemory()
	self := cid.NewCidV1(codecDagPB, slices.Concat([]byte{hashSHA256, 32}, make([]byte, 32)))
	var slots []int
	var links []rawLink
	for slot := range fanout {
		slots = append(slots, slot)
		links = append(links, rawLink{name: slotLabel(slot, fanout), hash: self.KeyString()})
	}
	forge(t, m, self, encodeNode(links, shardData(slots)))
	tree := NewTree(m)
	if got := tree.Find(t.Context(), self, [][]string{{"a"}})[0]; !isFormat(got.Err) {
		t.Errorf("find: %+v", got)
	}
	if _, err := tree.List(t.Context(), self, 1e6); !isFormat(err) {
		t.Errorf("list: %v", err)
	}
	if _, _, err := tree.Update(t.Context(), self, map[string]*Link{"a": {CID: self}}); err == nil {
		t.Error("updated")
	}
	if n := tree.Known(self); len(n) != 0 {
		t.Errorf("known %v", n)
	}
	// The way down repeats blocks that each path asks for once.
	empty := sealed(t, m, nil, shardData(nil))
	for i := range links {
		links[i].hash = empty.KeyString()
	}
	twice := sealed(t, m, links, shardData(slots))
	if _, err := NewTree(m).List(t.Context(), twice, 1e6); !isFormat(err) {
		t.Errorf("repeated shard: %v", err)
	}
}

func TestEntryInAnotherSlot(t *testing.T) {
	m := newMemory()
	slot, _ := slotOf(hashName("a"), 0, 8)
	wrong := (slot + 1) % fanout
	leaf, _, err := File(nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := sealed(t, m, []rawLink{{name: slotLabel(wrong, fanout) + "a", hash: leaf.CID.KeyString()}}, shardData([]int{wrong}))
	if _, err := NewTree(m).List(t.Context(), dir, 10); !isFormat(err) {
		t.Errorf("list: %v", err)
	}
	if got := NewTree(m).Find(t.Context(), dir, [][]string{{"a"}})[0]; !errors.Is(got.Err, ErrNotFound) {
		t.Errorf("find: %+v", got)
	}
}

func TestListLimit(t *testing.T) {
	for _, n := range []int{50, 5000} {
		dir, bs, err := Directory(entries(t, n))
		if err != nil {
			t.Fatal(err)
		}
		m := newMemory(bs...)
		if _, err := NewTree(m).List(t.Context(), dir.CID, n-1); !isFormat(err) {
			t.Errorf("%d entries of at most %d: %v", n, n-1, err)
		}
		if got, err := NewTree(m).List(t.Context(), dir.CID, n); err != nil || len(got) != n {
			t.Errorf("%d entries: %d, %v", n, len(got), err)
		}
	}
}

func TestBadFiles(t *testing.T) {
	m := newMemory()
	leaf, bs, err := File([]byte("12345"))
	if err != nil {
		t.Fatal(err)
	}
	m.put(bs)
	link := func(c cid.Cid) rawLink { return rawLink{hash: c.KeyString()} }
	dir, bs, err := Directory(nil)
	if err != nil {
		t.Fatal(err)
	}
	m.put(bs)
	self := cid.NewCidV1(codecDagPB, slices.Concat([]byte{hashSHA256, 32}, make([]byte, 32)))
	forge(t, m, self, encodeNode([]rawLink{link(self)}, fileData([]uint64{5})))
	long := slices.Repeat([]rawLink{link(leaf.CID)}, maxFileParts+1)
	for name, c := range map[string]cid.Cid{
		"a directory":    dir.CID,
		"its own part":   self,
		"size lies":      sealed(t, m, []rawLink{link(leaf.CID)}, fileData([]uint64{6})),
		"sizes missing":  sealed(t, m, []rawLink{link(leaf.CID)}, fileData(nil)),
		"size zero":      sealed(t, m, []rawLink{link(leaf.CID)}, fileData([]uint64{0})),
		"overflow":       sealed(t, m, []rawLink{link(leaf.CID), link(leaf.CID)}, fileData([]uint64{1 << 63, 1 << 63})),
		"too many parts": sealed(t, m, long, fileData(slices.Repeat([]uint64{5}, len(long)))),
		"over the limit": sealed(t, m, long[:300], fileData(slices.Repeat([]uint64{5}, 300))),
		"part is a dir":  sealed(t, m, []rawLink{link(dir.CID)}, fileData([]uint64{4})),
		"wrong codec":    cid.NewCidV1(cid.DagCBOR, leaf.CID.Hash()),
	} {
		if c.Prefix().Codec == cid.DagCBOR {
			forge(t, m, c, []byte("12345"))
		}
		if got := NewTree(m).Read(t.Context(), []cid.Cid{c}, 1000)[0]; !isFormat(got.Err) {
			t.Errorf("%s: %d bytes, %v", name, len(got.Data), got.Err)
		}
	}
	good := sealed(t, m, long[:20], fileData(slices.Repeat([]uint64{5}, 20)))
	if got := NewTree(m).Read(t.Context(), []cid.Cid{good, leaf.CID}, 1000); got[0].Err != nil || len(got[0].Data) != 100 || string(got[1].Data) != "12345" {
		t.Errorf("good: %+v", got)
	}
}

func TestMissingBlockFailsItsPathOnly(t *testing.T) {
	es := entries(t, 8000)
	dir, bs, err := Directory(es)
	if err != nil {
		t.Fatal(err)
	}
	m := newMemory(bs...)
	root, err := decode(m.blocks[dir.CID])
	if err != nil {
		t.Fatal(err)
	}
	slot, _ := slotOf(hashName(es[0].Name), 0, 8)
	gone, err := root.link(root.position(slot), "")
	if err != nil {
		t.Fatal(err)
	}
	delete(m.blocks, gone.CID)
	failed := 0
	for i := range es {
		got := NewTree(m).Find(t.Context(), dir.CID, [][]string{{es[i].Name}, {es[(i+1)%len(es)].Name}})
		if e, ok := errors.AsType[*MissingError](got[0].Err); ok && e.CID == gone.CID {
			failed++
		} else if got[0].Err != nil {
			t.Fatal(got[0].Err)
		}
		if i == 500 {
			break
		}
	}
	if failed == 0 || failed > 20 {
		t.Errorf("%d of 500 paths fail for one of 256 shards", failed)
	}
}

func FuzzDecode(f *testing.F) {
	es := entries(f, 300)
	for i := range es {
		es[i].Size = uint64(i) << 7
	}
	plain, bs, err := Directory(es)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bs[0].RawData())
	_, bs, err = shardOf([]rawLink{es[0].raw(), es[1].raw(), es[2].raw()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bs[len(bs)-1].RawData())
	f.Add(encodeNode([]rawLink{{hash: es[0].CID.KeyString()}}, fileData([]uint64{5})))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := newMemory()
		forge(t, m, plain.CID, data)
		n, err := decode(m.blocks[plain.CID])
		if err == nil && n.totalSize() < uint64(len(data)) && len(n.links) == 0 {
			t.Fatal("shorter than itself")
		}
		tree := NewTree(m)
		names := [][]string{{"package-1.x"}, {""}, {"a", "b"}}
		_ = tree.Find(t.Context(), plain.CID, names)
		_, _ = tree.List(t.Context(), plain.CID, 1000)
		_ = tree.Known(plain.CID)
		_ = tree.Read(t.Context(), []cid.Cid{plain.CID}, 1<<20)
		_, _, _ = tree.Update(t.Context(), plain.CID, map[string]*Link{"package-1.x": &es[0], "y": nil, "z": &es[1]})
	})
}

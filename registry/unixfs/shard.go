package unixfs

import (
	"context"
	"errors"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// rewriter carries edits down a sharded directory of the profile's fanout and
// collects the new nodes, children before parents.
type rewriter struct {
	// at returns a shard that exists already.
	at  func(cid.Cid) (*node, error)
	out []blocks.Block
}

// shardOf lays out entries as a new sharded directory.
func shardOf(entries []rawLink) (Link, []blocks.Block, error) {
	edits := make([]edit, len(entries))
	for i, l := range entries {
		edits[i] = edit{hash: hashName(l.name), link: l}
	}
	sortEdits(edits)
	w := &rewriter{}
	return w.root(nil, edits)
}

// rewrite applies edits, sorted by hash, to the directory under root.
func (t *Tree) rewrite(ctx context.Context, root *node, edits []edit) (Link, []blocks.Block, error) {
	w := &rewriter{at: func(c cid.Cid) (*node, error) {
		got := t.load(ctx, []cid.Cid{c})[c]
		if got.err == nil && (got.node.kind != kindShard || got.node.fanout != fanout) {
			return nil, got.node.badf("not a shard of fanout %d", fanout)
		}
		return got.node, got.err
	}}
	return w.root(root, edits)
}

func (w *rewriter) root(n *node, edits []edit) (Link, []blocks.Block, error) {
	links, slots, err := w.slots(n, 0, edits)
	if err != nil {
		return Link{}, nil, err
	}
	l, err := w.seal(links, slots)
	return l, w.out, err
}

// below returns what stands in a slot whose shard is n (nil for a new one)
// after edits: nothing, one entry, or a shard, whose link has no name. A shard
// with one entry collapses into that entry, so that the tree depends on its
// entries only.
func (w *rewriter) below(n *node, depth int, edits []edit) (rawLink, bool, error) {
	links, slots, err := w.slots(n, depth, edits)
	switch {
	case err != nil || len(links) == 0:
		return rawLink{}, false, err
	case len(links) == 1 && len(links[0].name) > labelWidth:
		l := links[0]
		l.name = l.name[labelWidth:]
		return l, true, nil
	}
	l, err := w.seal(links, slots)
	return rawLink{hash: l.CID.KeyString(), size: l.Size}, true, err
}

// labelWidth is that of the profile's fanout.
const labelWidth = 2

// slots returns the links of n after edits, with their labels, and their slots.
func (w *rewriter) slots(n *node, depth int, edits []edit) ([]rawLink, []int, error) {
	if depth >= 64/8 {
		return nil, nil, errors.New("unixfs: two names have the same hash")
	}
	var links []rawLink
	var slots []int
	for slot := range fanout {
		mine := edits
		for i := range edits {
			if s, _ := slotOf(edits[i].hash, depth, 8); s != slot {
				mine = edits[:i]
				break
			}
		}
		edits = edits[len(mine):]
		l, ok, err := w.slot(n, slot, depth, mine)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			l.name = slotLabel(slot, fanout) + l.name
			links, slots = append(links, l), append(slots, slot)
		}
	}
	return links, slots, nil
}

// slot returns what stands in one slot of n after edits, without a label.
func (w *rewriter) slot(n *node, slot, depth int, edits []edit) (rawLink, bool, error) {
	if n == nil || !n.has(slot) {
		return w.place(depth, edits)
	}
	i := n.position(slot)
	l := n.links[i]
	l.name = l.name[labelWidth:]
	switch {
	case len(edits) == 0:
		return l, true, nil
	case l.name != "":
		return w.place(depth, withEntry(edits, l))
	}
	child, err := n.link(i, "")
	if err != nil {
		return rawLink{}, false, err
	}
	shard, err := w.at(child.CID)
	if err != nil {
		return rawLink{}, false, err
	}
	return w.below(shard, depth+1, edits)
}

// withEntry adds the entry that is there already, unless edits are about it.
func withEntry(edits []edit, l rawLink) []edit {
	for i := range edits {
		if edits[i].link.name == l.name {
			return edits
		}
	}
	out := append([]edit{{hash: hashName(l.name), link: l}}, edits...)
	sortEdits(out)
	return out
}

// place fills a slot that has nothing but what edits set.
func (w *rewriter) place(depth int, edits []edit) (rawLink, bool, error) {
	set, last := 0, 0
	for i := range edits {
		if !edits[i].gone {
			set, last = set+1, i
		}
	}
	switch set {
	case 0:
		return rawLink{}, false, nil
	case 1:
		return edits[last].link, true, nil
	}
	return w.below(nil, depth+1, edits)
}

func (w *rewriter) seal(links []rawLink, slots []int) (Link, error) {
	b, err := seal(codecDagPB, encodeNode(links, shardData(slots)))
	if err != nil {
		return Link{}, err
	}
	w.out = append(w.out, b)
	return sealedLink(b, links), nil
}

// shardData is the UnixFS message of a shard with these slots, ascending.
func shardData(slots []int) []byte {
	var bitmap [fanout / 8]byte
	for _, s := range slots {
		bitmap[len(bitmap)-1-s/8] |= 1 << (s % 8)
	}
	trimmed := bitmap[:]
	for len(trimmed) > 0 && trimmed[0] == 0 {
		trimmed = trimmed[1:]
	}
	buf := appendVarintField(nil, 1, uint64(kindShard))
	buf = appendBytesField(buf, 2, trimmed)
	buf = appendVarintField(buf, 5, hashMurmur3)
	return appendVarintField(buf, 6, fanout)
}

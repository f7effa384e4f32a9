package unixfs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// maxEntries bounds a directory that has to be listed to be rebuilt.
const maxEntries = 10_000_000

// Update returns the directory that dir becomes by edits, a nil link removing
// the entry of that name, and the blocks that are new. Only nodes on the way
// to an edited entry are read and rewritten, all reads of a level in one call.
// An undefined dir is an empty directory. Edits that change nothing leave dir
// as it is. The link comes without a name; names of the links in edits are
// ignored for the keys.
func (t *Tree) Update(ctx context.Context, dir cid.Cid, edits map[string]*Link) (Link, []blocks.Block, error) {
	if !dir.Defined() {
		return Directory(applyTo(nil, edits))
	}
	got := t.load(ctx, []cid.Cid{dir})[dir]
	if got.err != nil {
		return Link{}, nil, got.err
	}
	root := got.node
	if root.kind != kindShard || root.fanout != fanout {
		entries, err := t.List(ctx, dir, maxEntries)
		if err != nil {
			return Link{}, nil, err
		}
		return Directory(applyTo(entries, edits))
	}
	real, delta, err := t.changes(ctx, dir, edits)
	if err != nil {
		return Link{}, nil, err
	}
	if len(real) == 0 {
		return Link{CID: dir, Size: root.totalSize()}, nil, nil
	}
	if delta < 0 {
		// It may have become short enough to be plain.
		big, err := t.longerThan(ctx, root, maxPlainBlock-delta)
		if err != nil {
			return Link{}, nil, err
		}
		if !big {
			entries, err := t.List(ctx, dir, maxEntries)
			if err != nil {
				return Link{}, nil, err
			}
			return Directory(applyTo(entries, edits))
		}
	}
	return t.rewrite(ctx, root, real)
}

// applyTo returns sorted entries after edits.
func applyTo(entries []Link, edits map[string]*Link) []Link {
	out := slices.DeleteFunc(entries, func(l Link) bool { _, ok := edits[l.Name]; return ok })
	for name, l := range edits {
		if l != nil {
			out = append(out, Link{Name: name, CID: l.CID, Size: l.Size})
		}
	}
	return out
}

// edit is one entry to set, or to remove when gone.
type edit struct {
	hash uint64
	link rawLink
	gone bool
}

// changes returns the edits that change something, sorted by hash, and by how
// much they change the length of the directory were it plain.
func (t *Tree) changes(ctx context.Context, dir cid.Cid, edits map[string]*Link) ([]edit, int, error) {
	names := make([]string, 0, len(edits))
	paths := make([][]string, 0, len(edits))
	for name := range edits {
		if name == "" || strings.Contains(name, "/") {
			return nil, 0, fmt.Errorf("unixfs: %q cannot be the name of an entry", name)
		}
		names = append(names, name)
		paths = append(paths, []string{name})
	}
	var out []edit
	delta := 0
	for i, was := range t.Find(ctx, dir, paths) {
		name, is := names[i], edits[names[i]]
		if was.Err != nil && !errors.Is(was.Err, ErrNotFound) {
			return nil, 0, was.Err
		}
		exists := was.Err == nil
		if !exists && is == nil || exists && is != nil && is.CID == was.Link.CID && is.Size == was.Link.Size {
			continue
		}
		e := edit{hash: hashName(name), gone: is == nil, link: rawLink{name: name}}
		if exists {
			old := was.Link.raw()
			delta -= old.entrySize()
		}
		if is != nil {
			e.link = Link{Name: name, CID: is.CID, Size: is.Size}.raw()
			delta += e.link.entrySize()
		}
		out = append(out, e)
	}
	sortEdits(out)
	return out, delta, nil
}

func sortEdits(edits []edit) {
	slices.SortFunc(edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), strings.Compare(a.link.name, b.link.name))
	})
}

// probe is how many shards longerThan loads at a time.
const probe = 32

// longerThan reports whether the entries below root, were they one plain
// directory, would be longer than limit bytes. It reads no more of the
// directory than it takes to say yes.
func (t *Tree) longerThan(ctx context.Context, root *node, limit int) (bool, error) {
	const leastShard = 2 * 16 // a shard below another has two entries
	size := plainDataSize
	todo := []*node{root}
	var unseen []cid.Cid
	seen := map[cid.Cid]bool{} // as in List
	for len(todo) > 0 || len(unseen) > 0 {
		for _, n := range todo {
			for i := range n.links {
				l := n.links[i]
				if l.name = l.name[n.labelWidth():]; l.name != "" {
					size += l.entrySize()
					continue
				}
				child, err := n.link(i, "")
				if err != nil {
					return false, err
				}
				if seen[child.CID] {
					return false, n.badf("the shard %s repeats", child.CID)
				}
				seen[child.CID] = true
				unseen = append(unseen, child.CID)
			}
		}
		if size+leastShard*len(unseen) > limit {
			return true, nil
		}
		batch := unseen[:min(probe, len(unseen))]
		unseen, todo = unseen[len(batch):], nil
		for _, got := range t.load(ctx, batch) {
			if got.err != nil {
				return false, got.err
			}
			if got.node.kind != kindShard || got.node.fanout != root.fanout {
				return false, got.node.badf("not a shard of fanout %d", root.fanout)
			}
			todo = append(todo, got.node)
		}
	}
	return false, nil
}

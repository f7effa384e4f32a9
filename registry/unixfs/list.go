package unixfs

import (
	"context"
	"slices"
	"strings"

	"github.com/ipfs/go-cid"
)

// shardPlace is a shard to be listed: where in the hash space it must be.
type shardPlace struct {
	cid    cid.Cid
	depth  int
	prefix uint64 // the top depth*bits of the hashes below it
	fanout uint64
}

// List returns all entries of a directory sorted by name, at most limit; more
// are a *FormatError. It loads the whole directory, one call a level.
func (t *Tree) List(ctx context.Context, dir cid.Cid, limit int) ([]Link, error) {
	var out []Link
	seen := map[cid.Cid]bool{dir: true}
	level := []shardPlace{{cid: dir}}
	for len(level) > 0 {
		cids := make([]cid.Cid, len(level))
		for i, p := range level {
			cids[i] = p.cid
		}
		loaded := t.load(ctx, cids)
		var next []shardPlace
		for _, p := range level {
			r := loaded[p.cid]
			if r.err != nil {
				return nil, r.err
			}
			below, err := r.node.listInto(p, &out)
			if err != nil {
				return nil, err
			}
			// No two shards of one directory are equal, for their names
			// differ; a repeated one would make millions out of a few.
			for _, b := range below {
				if seen[b.cid] {
					return nil, r.node.badf("the shard %s repeats", b.cid)
				}
				seen[b.cid] = true
			}
			if next = append(next, below...); len(out)+len(next) > limit {
				return nil, r.node.badf("the directory has more than %d entries", limit)
			}
		}
		level = next
	}
	slices.SortFunc(out, func(a, b Link) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// listInto appends the entries of n and returns the shards below it.
func (n *node) listInto(p shardPlace, out *[]Link) ([]shardPlace, error) {
	switch {
	case n.kind == kindDirectory && p.depth == 0:
		for i := range n.links {
			l, err := n.link(i, n.links[i].name)
			if err != nil {
				return nil, err
			}
			*out = append(*out, l)
		}
		return nil, nil
	case n.kind == kindShard && (p.depth == 0 || p.fanout == n.fanout):
		return n.listShard(p, out)
	}
	return nil, n.badf("it is %v, where a directory or its shard is expected", n.kind)
}

func (n *node) listShard(p shardPlace, out *[]Link) ([]shardPlace, error) {
	width, bitsPerLevel := n.labelWidth(), n.bitsPerLevel()
	if (p.depth+1)*bitsPerLevel > 64 {
		return nil, n.badf("sharded deeper than the hash is long")
	}
	var below []shardPlace
	i := 0
	for slot := range int(n.fanout) {
		if !n.has(slot) {
			continue
		}
		name := n.links[i].name[width:]
		l, err := n.link(i, name)
		if err != nil {
			return nil, err
		}
		i++
		prefix := p.prefix<<bitsPerLevel | uint64(slot)
		if name == "" {
			below = append(below, shardPlace{l.CID, p.depth + 1, prefix, n.fanout})
			continue
		}
		if hashName(name)>>(64-(p.depth+1)*bitsPerLevel) != prefix {
			return nil, n.badf("entry %q is not where its hash says", name)
		}
		*out = append(*out, l)
	}
	return below, nil
}

// Known returns the names of a directory that can be told from what the Tree
// has seen already: all of a plain one, some of a sharded one.
func (t *Tree) Known(dir cid.Cid) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var names []string
	seen := map[cid.Cid]bool{dir: true}
	for todo := []cid.Cid{dir}; len(todo) > 0; todo = todo[1:] {
		n := t.nodes[todo[0]]
		if n == nil {
			continue
		}
		width := 0
		if n.kind == kindShard {
			width = n.labelWidth()
		}
		for i := range n.links {
			if name := n.links[i].name[width:]; name != "" {
				names = append(names, name)
			} else if l, err := n.link(i, ""); err == nil && width > 0 && !seen[l.CID] {
				seen[l.CID] = true
				todo = append(todo, l.CID)
			}
		}
	}
	return names
}

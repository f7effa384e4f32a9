package unixfs

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/ipfs/go-cid"
)

// Difference is an entry that two directories do not have alike. Old or New is
// nil where it is not there.
type Difference struct {
	Name     string
	Old, New *Link
}

// differ walks two directories side by side.
type differ struct {
	tree  *Tree
	limit int
	found []Difference
	seen  [2]map[cid.Cid]bool
}

// facing is a shard of one directory and what the other has in its place: a
// shard, or the entries that would be below it, at most one but at the root.
type facing struct {
	shard   [2]*shardPlace
	entries [2][]Link
}

// Diff returns the entries in which two directories differ, sorted by name;
// cid.Undef stands for an empty one. Shards that both have are not looked at,
// so it costs what has changed, and one call of the Source a level. More than
// limit entries are a *FormatError.
func (t *Tree) Diff(ctx context.Context, old, new cid.Cid, limit int) ([]Difference, error) {
	if old.Equals(new) {
		return nil, nil
	}
	d := &differ{tree: t, limit: limit, seen: [2]map[cid.Cid]bool{{}, {}}}
	var top facing
	for i, dir := range [...]cid.Cid{old, new} {
		if dir.Defined() {
			top.shard[i] = &shardPlace{cid: dir}
		}
	}
	for level := []facing{top}; len(level) > 0; {
		var err error
		if level, err = d.round(ctx, level); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(d.found, func(a, b Difference) int { return strings.Compare(a.Name, b.Name) })
	return d.found, nil
}

// round loads one level of both directories and returns the next.
func (d *differ) round(ctx context.Context, level []facing) ([]facing, error) {
	var wanted []cid.Cid
	for _, f := range level {
		for _, place := range f.shard {
			if place != nil {
				wanted = append(wanted, place.cid)
			}
		}
	}
	loaded := d.tree.load(ctx, wanted)
	var next []facing
	for _, f := range level {
		below, err := d.step(ctx, f, loaded)
		if err != nil {
			return nil, err
		}
		if next = append(next, below...); len(d.found)+len(next) > d.limit {
			return nil, &FormatError{CID: wanted[0], Reason: "the directories differ in too many entries"}
		}
	}
	return next, nil
}

// step opens what faces one another, compares what can be compared, and returns
// what lies below.
func (d *differ) step(ctx context.Context, f facing, loaded map[cid.Cid]result) ([]facing, error) {
	var below [2][]shardPlace
	bits := 0
	for i, place := range f.shard {
		if place == nil {
			continue
		}
		r := loaded[place.cid]
		if r.err != nil {
			return nil, r.err
		}
		if r.node.kind == kindShard {
			width := r.node.bitsPerLevel() * (place.depth + 1)
			if bits > 0 && bits != width {
				return nil, d.whole(ctx, f) // roots of different fanout have no slots in common
			}
			bits = width
		}
		var err error
		if below[i], err = d.open(i, r.node, *place, &f.entries[i]); err != nil {
			return nil, err
		}
	}
	return d.pair(f.entries, below, bits), nil
}

// whole compares two directories by their listings.
func (d *differ) whole(ctx context.Context, f facing) error {
	var all [2]map[string]Link
	for i, place := range f.shard {
		links, err := d.tree.List(ctx, place.cid, d.limit)
		if err != nil {
			return err
		}
		all[i] = make(map[string]Link, len(links))
		for _, l := range links {
			all[i][l.Name] = l
		}
	}
	d.compare(all[0], all[1])
	return nil
}

// open adds the entries of a node, and returns the shards below it.
func (d *differ) open(side int, n *node, place shardPlace, entries *[]Link) ([]shardPlace, error) {
	below, err := n.listInto(place, entries)
	for _, b := range below {
		if d.seen[side][b.cid] {
			return nil, n.badf("the shard %s repeats", b.cid)
		}
		d.seen[side][b.cid] = true
	}
	return below, err
}

// pair compares what two nodes hold. Where one has a shard the other's entries
// with the same beginning of the hash, of so many bits, go along with it.
func (d *differ) pair(entries [2][]Link, below [2][]shardPlace, bits int) []facing {
	open := map[uint64]*facing{}
	for i, places := range below {
		for _, place := range places {
			f := open[place.prefix]
			if f == nil {
				f = &facing{}
				open[place.prefix] = f
			}
			f.shard[i] = &place
		}
	}
	var here [2]map[string]Link
	for i := range entries {
		here[i] = make(map[string]Link, len(entries[i]))
		for _, l := range entries[i] {
			if f := open[hashName(l.Name)>>(64-bits)]; f != nil && bits > 0 {
				f.entries[i] = append(f.entries[i], l)
			} else {
				here[i][l.Name] = l
			}
		}
	}
	d.compare(here[0], here[1])
	var next []facing
	for _, prefix := range slices.Sorted(maps.Keys(open)) {
		f := open[prefix]
		if f.shard[0] == nil || f.shard[1] == nil || f.shard[0].cid != f.shard[1].cid {
			next = append(next, *f)
		}
	}
	return next
}

func (d *differ) compare(old, new map[string]Link) {
	for name, was := range old {
		is, ok := new[name]
		switch {
		case !ok:
			d.found = append(d.found, Difference{Name: name, Old: &was})
		case is.CID != was.CID:
			d.found = append(d.found, Difference{Name: name, Old: &was, New: &is})
		}
	}
	for name, is := range new {
		if _, ok := old[name]; !ok {
			d.found = append(d.found, Difference{Name: name, New: &is})
		}
	}
}

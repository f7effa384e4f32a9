package unixfs

import (
	"context"
	"errors"
	"sync"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// ErrNotFound says that a directory has no entry of that name.
var ErrNotFound = errors.New("no such entry")

// Tree reads and edits directories over a Source and remembers every
// directory node that it has seen. It is safe for concurrent use.
type Tree struct {
	src   Source
	mu    sync.Mutex
	nodes map[cid.Cid]*node
}

// NewTree returns a Tree that has seen nothing yet.
func NewTree(src Source) *Tree {
	return &Tree{src: src, nodes: map[cid.Cid]*node{}}
}

// Found is the answer to one path.
type Found struct {
	Link Link
	// Err is ErrNotFound, a *MissingError or a *FormatError.
	Err error
}

// Warm loads directory nodes that will be asked for; what fails is told when it
// is asked for.
func (t *Tree) Warm(ctx context.Context, dirs ...cid.Cid) { t.load(ctx, dirs) }

// cursor is one path on its way down.
type cursor struct {
	path   []string
	at     cid.Cid
	hash   uint64
	depth  int // levels into the current sharded directory
	fanout uint64
	done   bool
	found  Found
}

func newCursor(root cid.Cid, path []string) *cursor {
	c := &cursor{path: path, at: root}
	c.enter()
	return c
}

// enter prepares for the directory that holds path[0].
func (c *cursor) enter() {
	c.depth = 0
	if len(c.path) > 0 {
		c.hash = hashName(c.path[0])
	}
}

func (c *cursor) finish(f Found) { c.done, c.found = true, f }

// Find follows paths, each a list of names, from the directory root. All walk
// together: one call of the Source serves a level of all of them. The answers
// come in the order of paths; a path of no names is an error of the caller and
// answers ErrNotFound.
func (t *Tree) Find(ctx context.Context, root cid.Cid, paths [][]string) []Found {
	cursors := make([]*cursor, len(paths))
	var active []*cursor
	for i, path := range paths {
		cursors[i] = newCursor(root, path)
		if len(path) == 0 {
			cursors[i].finish(Found{Err: ErrNotFound})
			continue
		}
		active = append(active, cursors[i])
	}
	for len(active) > 0 {
		active = t.round(ctx, active)
	}
	out := make([]Found, len(paths))
	for i, c := range cursors {
		out[i] = c.found
	}
	return out
}

// round loads one level and moves every cursor as far as that reaches; it
// returns those that go on.
func (t *Tree) round(ctx context.Context, active []*cursor) []*cursor {
	wanted := make([]cid.Cid, len(active))
	for i, c := range active {
		wanted[i] = c.at
	}
	loaded := t.load(ctx, wanted)
	rest := active[:0]
	for _, c := range active {
		r := loaded[c.at]
		if r.err != nil {
			c.finish(Found{Err: r.err})
			continue
		}
		if c.step(r.node); !c.done {
			rest = append(rest, c)
		}
	}
	return rest
}

// step looks path[0] up in n, which is the node at c.at.
func (c *cursor) step(n *node) {
	var link Link
	var err error
	switch n.kind {
	case kindDirectory:
		if c.depth > 0 {
			c.finish(Found{Err: n.badf("a plain directory stands inside a sharded one")})
			return
		}
		i, ok := n.find(c.path[0])
		if !ok {
			c.finish(Found{Err: ErrNotFound})
			return
		}
		link, err = n.link(i, c.path[0])
	case kindShard:
		link, err = c.stepShard(n)
	default:
		err = n.badf("it is %v, not a directory", n.kind)
	}
	if err != nil {
		c.finish(Found{Err: err})
		return
	}
	c.at = link.CID
	if link.Name == "" {
		return // one level deeper in the same directory
	}
	if c.path = c.path[1:]; len(c.path) == 0 {
		c.finish(Found{Link: link})
	}
	c.enter()
}

// stepShard returns the entry, or a link without a name to the next level.
func (c *cursor) stepShard(n *node) (Link, error) {
	if c.depth > 0 && n.fanout != c.fanout {
		return Link{}, n.badf("fanout %d inside a shard of %d", n.fanout, c.fanout)
	}
	c.fanout = n.fanout
	slot, ok := slotOf(c.hash, c.depth, n.bitsPerLevel())
	if !ok {
		return Link{}, n.badf("sharded deeper than the hash is long")
	}
	if !n.has(slot) {
		return Link{}, ErrNotFound
	}
	i := n.position(slot)
	switch name := n.links[i].name[n.labelWidth():]; name {
	case "":
		c.depth++
		return n.link(i, "")
	case c.path[0]:
		return n.link(i, name)
	}
	return Link{}, ErrNotFound
}

// result is what became of one wanted block.
type result struct {
	node *node
	err  error
}

// load returns the nodes of cids, remembered or fetched in one call.
func (t *Tree) load(ctx context.Context, cids []cid.Cid) map[cid.Cid]result {
	out := make(map[cid.Cid]result, len(cids))
	var missing []cid.Cid
	t.mu.Lock()
	for _, c := range cids {
		if _, ok := out[c]; ok {
			continue
		}
		n := t.nodes[c]
		if out[c] = (result{node: n}); n == nil {
			missing = append(missing, c)
		}
	}
	t.mu.Unlock()
	for c, b := range fetch(ctx, t.src, missing) {
		if b.err != nil {
			out[c] = result{err: b.err}
			continue
		}
		n, err := decode(b.block)
		out[c] = result{node: n, err: err}
		if err == nil {
			t.remember(n)
		}
	}
	return out
}

// remember keeps directory nodes; what is in files is the caller's to keep.
func (t *Tree) remember(n *node) {
	if n.kind != kindDirectory && n.kind != kindShard {
		return
	}
	t.mu.Lock()
	t.nodes[n.cid] = n
	t.mu.Unlock()
}

type fetched struct {
	block blocks.Block
	err   error
}

// fetch gets distinct cids in one call. That one cannot be had is no reason
// not to use the others.
func fetch(ctx context.Context, src Source, cids []cid.Cid) map[cid.Cid]fetched {
	if len(cids) == 0 {
		return nil
	}
	out := make(map[cid.Cid]fetched, len(cids))
	for _, c := range cids {
		out[c] = fetched{}
	}
	var mu sync.Mutex
	err := src.Blocks(ctx, cids, func(b blocks.Block) error {
		mu.Lock()
		defer mu.Unlock()
		if _, wanted := out[b.Cid()]; wanted {
			out[b.Cid()] = fetched{block: b}
		}
		return nil
	})
	if err == nil {
		err = errors.New("the source left it out")
	}
	mu.Lock()
	defer mu.Unlock()
	for c, f := range out {
		if f.block == nil {
			out[c] = fetched{err: &MissingError{CID: c, Err: err}}
		}
	}
	return out
}

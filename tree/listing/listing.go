package listing

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/tree"
)

// Options are npm's flags. Their zero values list the project's own
// dependencies.
type Options struct {
	// All lists to any depth. Depth bounds it where HasDepth.
	All      bool
	Depth    int
	HasDepth bool
	// Link lists only links, of the project's own dependencies.
	Link bool
	// Omit holds "dev", "optional" and "peer".
	Omit []string
	// Wanted are the packages to be shown; none for all.
	Wanted []Wanted
	// Workspaces are the locations of the chosen ones, nil for all. WithRoot
	// adds what the project itself depends on, and NoWorkspaces leaves all out.
	Workspaces             []string
	WithRoot, NoWorkspaces bool
}

// Item is one line of the listing.
type Item struct {
	// Node is what is there, nil for what is missing.
	Node *tree.Node
	// ID is name@version, or name@spec of what is missing.
	ID, Name string
	// Edge is the dependency that the item is listed for; nil for the root and
	// what nobody asks for.
	Edge *tree.Edge
	// Missing: nothing is there. Deduped: it was listed before, with what it
	// depends on. Wanted: it was named.
	Missing, Deduped, Wanted bool
	// Invalid says whose wishes the package does not meet, "" when it meets all.
	Invalid string
	// Extraneous: nobody asks for it.
	Extraneous bool
	// Items are what it depends on, as far as that is shown.
	Items []*Item
	// Problems are npm's sentences on it.
	Problems []string

	parent *Item
	shown  bool
	depth  int
}

// Optional says that the item may be missing.
func (i *Item) Optional() bool { return i.Edge != nil && i.Edge.IsOptional() }

// Listing is what is to be shown.
type Listing struct {
	Root *Item
	// Seen are the packages shown, each once.
	Seen []*Item
	// Problems are those of all items shown, each once.
	Problems []string
}

// Found says that there is anything of what was asked for.
func (l *Listing) Found() bool { return l.Root.shown }

// Broken says that there are problems that count: what nobody asks for does
// not.
func (l *Listing) Broken() bool {
	return slices.ContainsFunc(l.Problems, func(p string) bool { return !isExtraneous(p) })
}

// New lists a tree.
func New(g *tree.Graph, o Options) *Listing {
	root := &Item{Node: g.Root, ID: g.Root.ID(), Name: g.Root.Name, shown: len(o.Wanted) == 0}
	w := &walk{options: o, seen: map[*tree.Node]bool{g.Root: true}, invalid: map[*tree.Node]string{}}
	l := &Listing{Root: root}
	queue := []*Item{root}
	for len(queue) > 0 {
		item := queue[0]
		queue = queue[1:]
		w.judge(item)
		l.add(item)
		queue = append(queue, w.below(item)...)
	}
	l.Seen = slices.DeleteFunc(l.Seen, func(i *Item) bool { return !i.shown })
	l.prune(root)
	return l
}

// add shows an item, if it is wanted, with all that leads to it.
func (l *Listing) add(item *Item) {
	if item.parent != nil {
		item.parent.Items = append(item.parent.Items, item)
	}
	if item.Node != nil && !item.Deduped {
		l.Seen = append(l.Seen, item)
	}
	if !item.shown {
		return
	}
	for up := item.parent; up != nil; up = up.parent {
		up.shown = true
	}
	for _, p := range item.Problems {
		if !slices.Contains(l.Problems, p) {
			l.Problems = append(l.Problems, p)
		}
	}
}

// prune takes out what is not shown.
func (l *Listing) prune(item *Item) {
	item.Items = slices.DeleteFunc(item.Items, func(i *Item) bool { return !i.shown })
	for _, i := range item.Items {
		l.prune(i)
	}
}

// walk is the state of one listing.
type walk struct {
	options Options
	seen    map[*tree.Node]bool
	// invalid collects, as the walk comes by, whom a package does not suit.
	invalid map[*tree.Node]string
}

// judge says what is wrong with an item, as far as the walk knows by then.
func (w *walk) judge(item *Item) {
	if item.Node != nil && !item.Deduped {
		item.Invalid, item.Extraneous = w.invalid[item.Node], item.Node.Extraneous
	}
	if item.Missing && !item.Optional() {
		item.Problems = append(item.Problems, fmt.Sprintf("missing: %s, required by %s", item.ID, item.Edge.From.ID()))
	}
	if item.Invalid != "" {
		item.Problems = append(item.Problems, fmt.Sprintf("invalid: %s %s", item.ID, item.Node.Path))
	}
	if item.Extraneous {
		item.Problems = append(item.Problems, fmt.Sprintf("%s %s %s", extraneous, item.ID, item.Node.Path))
	}
}

const extraneous = "extraneous:"

func isExtraneous(problem string) bool {
	return len(problem) >= len(extraneous) && problem[:len(extraneous)] == extraneous
}

// below are the items under one.
func (w *walk) below(item *Item) []*Item {
	if item.Node == nil || item.Deduped {
		return nil
	}
	depth := item.depth
	if item.Node.Workspace {
		depth = 0
	}
	if !w.goesBelow(depth) {
		return nil
	}
	var items []*Item
	listed := map[*tree.Node]bool{}
	for _, e := range item.Node.Real().Out {
		if !w.follows(e) || depth == 0 && !w.keeps(e) {
			continue
		}
		listed[e.To] = true
		items = append(items, w.newItem(e, e.To))
	}
	for _, child := range item.Node.Children {
		if child.Extraneous && !listed[child] {
			items = append(items, w.newItem(nil, child))
		}
	}
	slices.SortStableFunc(items, func(a, b *Item) int { return lockfile.Compare(a.ID, b.ID) })
	for _, i := range items {
		w.place(i, item, depth+1)
	}
	return items
}

func (w *walk) goesBelow(depth int) bool {
	switch {
	case w.options.HasDepth:
		return depth <= w.options.Depth
	case w.options.All || len(w.options.Wanted) > 0:
		return true
	}
	return depth == 0
}

func (w *walk) newItem(e *tree.Edge, n *tree.Node) *Item {
	if n == nil {
		return &Item{Name: e.Name, ID: e.Name + "@" + e.Spec, Edge: e, Missing: true}
	}
	if e != nil && e.Problem == tree.Invalid {
		whose, _ := json.Marshal(e.Spec) // a string always encodes
		from := e.From.Location
		if from == "" {
			from = "the root project"
		}
		if w.invalid[n] != "" {
			w.invalid[n] += ", "
		}
		w.invalid[n] += string(whose) + " from " + from
	}
	return &Item{Node: n, ID: n.ID(), Name: n.Name, Edge: e}
}

// place puts an item under another, and says whether it is a repetition.
func (w *walk) place(item, parent *Item, depth int) {
	item.parent, item.depth = parent, depth
	if item.Node == nil {
		item.shown = len(w.options.Wanted) == 0
		return
	}
	if item.Deduped = w.seen[item.Node]; item.Deduped {
		item.Invalid = w.invalid[item.Node]
	}
	w.seen[item.Node] = true
	item.Wanted = slices.ContainsFunc(w.options.Wanted, func(s Wanted) bool { return s.matches(item.Node) })
	item.shown = item.Wanted || len(w.options.Wanted) == 0
}

package diagram

import (
	"github.com/ipnpm/ipnpm/tree"
	"github.com/ipnpm/ipnpm/tree/explain"
	"github.com/ipnpm/ipnpm/tree/listing"
)

// OfListing draws what `ls` shows. Optional dependencies that are not there,
// which most projects have dozens of for other platforms, are left out.
func OfListing(l *listing.Listing) *Diagram {
	b := newBuilder(l.Root.Node)
	queue := []*listing.Item{l.Root}
	for len(queue) > 0 {
		item := queue[0]
		queue = append(queue[1:], item.Items...)
		from := b.item(item)
		for _, below := range item.Items {
			if to := b.item(below); to >= 0 && below.Edge != nil {
				b.arrow(from, to, below.Edge)
			}
		}
	}
	return &b.Diagram
}

// item numbers a line of a listing; below 0 is what is not drawn.
func (b *builder) item(item *listing.Item) int {
	switch {
	case item.Missing && item.Optional():
		return -1
	case item.Missing:
		label := legible(item.ID)
		return b.box(item.ID, Node{Label: label, Note: "missing", Kind: Wrong})
	case item.Wanted:
		return b.add(item.Node, Named)
	case item.Invalid != "" || item.Extraneous:
		return b.add(item.Node, Wrong)
	}
	return b.add(item.Node, Package)
}

// OfDependents draws some nodes of a graph, with all that leads to them.
func OfDependents(g *tree.Graph, named []*tree.Node) *Diagram {
	reached := map[*tree.Node]bool{}
	queue := append([]*tree.Node(nil), named...)
	for len(queue) > 0 {
		n := queue[0].Real()
		queue = queue[1:]
		if reached[n] {
			continue
		}
		reached[n] = true
		for _, e := range asking(n) {
			queue = append(queue, e.From)
		}
	}
	b := newBuilder(g.Root)
	for _, n := range named {
		b.add(n, Named)
	}
	for _, n := range g.Nodes {
		if !reached[n] {
			continue
		}
		to := b.add(n, Package)
		for _, e := range asking(n) {
			b.arrow(b.add(e.From, Package), to, e)
		}
	}
	return &b.Diagram
}

// asking are the dependencies that lead to a node, also by links.
func asking(n *tree.Node) []*tree.Edge {
	var edges []*tree.Edge
	for _, at := range append([]*tree.Node{n}, n.Links...) {
		for _, e := range at.In {
			if explain.Asks(e) {
				edges = append(edges, e)
			}
		}
	}
	return edges
}

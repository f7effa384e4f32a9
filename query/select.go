package query

import (
	"context"
	"slices"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/tree"
)

// Options say what a query is about.
type Options struct {
	// Scope is what :scope means; nil for the root.
	Scope *tree.Node
	// Versions are those that a registry has of a package, the oldest first,
	// for :outdated.
	Versions func(ctx context.Context, name string) ([]string, error)
	// Advisories are those of the packages in the graph, by name, for :vuln.
	// Each :vuln asks; who has to fetch them remembers.
	Advisories func(ctx context.Context) (map[string][]Advisory, error)
	// Told, where it is set, is told which advisories :vuln found a node by.
	Told func(n *tree.Node, by []Advisory)
}

// Select finds the nodes that a query means, in npm's order of locations. Those
// of :missing are in no graph: they have a name, what is asked for as version,
// and the dependency.
func (q *Query) Select(ctx context.Context, g *tree.Graph, o Options) ([]*tree.Node, error) {
	if o.Scope == nil {
		o.Scope = g.Root
	}
	e := &evaluation{ctx: ctx, g: g, options: o, objects: map[*tree.Node]map[string]any{}}
	found, err := e.query(q, g.Nodes, o.Scope)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b *tree.Node) int { return lockfile.Compare(a.Location, b.Location) })
	return found, nil
}

// evaluation is one run over a graph.
type evaluation struct {
	ctx     context.Context //nolint:containedctx // of one call of Select
	g       *tree.Graph
	options Options
	objects map[*tree.Node]map[string]any
}

// object is the package.json of a node, or what the lockfile has of it where
// that cannot be read.
func (e *evaluation) object(n *tree.Node) map[string]any {
	if o, read := e.objects[n]; read {
		return o
	}
	e.objects[n] = Manifest(n)
	return e.objects[n]
}

// query evaluates all selectors, the first beginning with the given nodes.
func (e *evaluation) query(q *Query, from []*tree.Node, scope *tree.Node) ([]*tree.Node, error) {
	var all []*tree.Node
	taken := map[*tree.Node]bool{}
	for i, s := range q.selectors {
		start := from
		if i > 0 {
			start = nil // npm's: a combinator at the start of any but the first leads nowhere
		}
		found, err := e.selector(s, from, start, scope)
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			if !taken[n] {
				taken[n] = true
				all = append(all, n)
			}
		}
	}
	return all, nil
}

func (e *evaluation) selector(s selector, from, current []*tree.Node, scope *tree.Node) ([]*tree.Node, error) {
	combinator := ""
	for i, p := range s {
		if err := e.ctx.Err(); err != nil {
			return nil, context.Cause(e.ctx)
		}
		if p.kind == partCombinator {
			combinator = p.text
			continue
		}
		candidates := current
		switch {
		case i == 0:
			candidates = from
		case s[i-1].kind == partCombinator:
			candidates = e.g.Nodes
		}
		next, err := e.sift(p, candidates, scope)
		if err != nil {
			return nil, err
		}
		if combinator != "" {
			next = combine(combinator, current, next)
			combinator = ""
		}
		current = next
	}
	return current, nil
}

// combine keeps those of next that are where the combinator says, seen from
// the nodes before it.
func combine(combinator string, before, next []*tree.Node) []*tree.Node {
	set := map[*tree.Node]bool{}
	switch combinator {
	case "~":
		for _, n := range before {
			for _, e := range n.In {
				set[e.From] = true
			}
		}
		return keep(next, func(n *tree.Node) bool { return !slices.Contains(before, n) && hasParent(n, set) })
	case ">":
		for _, n := range before {
			set[n.Real()] = true
		}
		return keep(next, func(n *tree.Node) bool { return hasParent(n, set) })
	}
	for _, n := range before {
		set[n.Real()] = true
	}
	return keep(next, func(n *tree.Node) bool { return hasAncestor(n, set, map[*tree.Node]bool{}) })
}

func keep(nodes []*tree.Node, is func(*tree.Node) bool) []*tree.Node {
	var kept []*tree.Node
	for _, n := range nodes {
		if is(n) {
			kept = append(kept, n)
		}
	}
	return kept
}

// hasParent says that one of a set depends on the node, or, of a folder, has
// the link to it.
func hasParent(n *tree.Node, set map[*tree.Node]bool) bool {
	if n.IsTop() && set[n.Above()] {
		for _, link := range n.Links {
			if set[link.Parent] && link.Parent == n.Above() {
				return true
			}
		}
	}
	return slices.ContainsFunc(n.In, func(e *tree.Edge) bool { return set[e.From] })
}

// hasAncestor says that one of a set is somewhere on the ways to the node.
func hasAncestor(n *tree.Node, set, seen map[*tree.Node]bool) bool {
	if n == nil || seen[n] {
		return false
	}
	seen[n] = true
	if hasParent(n, set) || n.IsTop() && hasAncestor(n.Above(), set, seen) {
		return true
	}
	return slices.ContainsFunc(n.In, func(e *tree.Edge) bool { return hasAncestor(e.From, set, seen) }) ||
		slices.ContainsFunc(n.Links, func(link *tree.Node) bool { return hasAncestor(link, set, seen) })
}

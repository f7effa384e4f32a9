package resolve

import (
	"iter"
	"path"
	"slices"
	"strings"
)

// Node is one place of the tree: a package in some node_modules, a link there,
// the project itself, or a folder of the project that is linked to.
type Node struct {
	name, key string // key is fold(name)
	pkg       *pkg
	graph     *graph // nil for a node that is in no tree (any more)

	// parent is the node whose node_modules this one is in. A folder outside
	// node_modules has an owner instead: the node whose folder it is in,
	// whose packages it sees.
	parent, owner *Node
	children      map[string]*Node
	folders       []*Node // whose owner this is

	shape    *shape
	edgesOut []*Edge // parallel to shape.deps; nil ones of a virtual root are made on demand
	edgesIn  []*Edge

	path   string  // of a node without parent: its folder, relative to the project
	target *Node   // of a link
	links  []*Node // whose target this is
	// source is the node that a virtual root stands for.
	source *Node
	rules  *ruleSet

	location string // cached, see Location
	slot     int    // in graph.named
	serial   int    // order of arrival in the tree

	flags flags
	// inert marks an optional package that could not be had, with what needs
	// it.
	inert bool
}

func newNode(name string, p *pkg, s *shape) *Node {
	n := &Node{name: name, key: fold(name), pkg: p, shape: s, flags: allFlags}
	n.makeEdges()
	return n
}

// makeEdges gives the node its edges, in one allocation.
func (n *Node) makeEdges() {
	if n.shape == nil || len(n.shape.deps) == 0 {
		return
	}
	edges := make([]Edge, len(n.shape.deps))
	n.edgesOut = make([]*Edge, len(edges))
	for i := range edges {
		edges[i].from, edges[i].dep = n, &n.shape.deps[i]
		n.edgesOut[i] = &edges[i]
	}
}

func newLink(name string, target *Node) *Node {
	return &Node{name: name, key: fold(name), pkg: target.pkg, target: target, flags: allFlags}
}

// Name is the name of the node's folder, which an alias makes different from
// the package's.
func (n *Node) Name() string { return n.name }

// PackageName is the package's own name.
func (n *Node) PackageName() string { return n.resolvedPkg().name }

// Version is the package's version; empty for folders without one.
func (n *Node) Version() string { return n.resolvedPkg().version }

// IsLink reports whether the node is a link to another folder of the tree.
func (n *Node) IsLink() bool { return n.isLink() }

// Target is what a link links to, otherwise n.
func (n *Node) Target() *Node {
	if n.target != nil {
		return n.target
	}
	return n
}

// Location is the node's key in a lockfile: "" for the root,
// "node_modules/a", "packages/x".
func (n *Node) Location() string {
	switch {
	case n.parent == nil:
		return n.path
	case n.location == "":
		base := n.parent.Location()
		if base != "" {
			base += "/"
		}
		n.location = base + "node_modules/" + n.name
	}
	return n.location
}

// Children yields what is in the node's node_modules, by name.
func (n *Node) Children() iter.Seq[*Node] {
	kids := make([]*Node, 0, len(n.children))
	for _, kid := range n.children {
		kids = append(kids, kid)
	}
	slices.SortFunc(kids, func(a, b *Node) int { return strings.Compare(a.name, b.name) })
	return slices.Values(kids)
}

// Edges yields the node's dependencies; those of a link are its target's.
func (n *Node) Edges() iter.Seq[*Edge] { return slices.Values(n.edgesOut) }

// Dependents yields the dependencies that resolve to the node.
func (n *Node) Dependents() iter.Seq[*Edge] { return slices.Values(n.edgesIn) }

// kids lists what is in the node's node_modules in order of arrival, so that
// nothing depends on the order of a map.
func (n *Node) kids() []*Node {
	if len(n.children) == 0 {
		return nil
	}
	kids := make([]*Node, 0, len(n.children))
	for _, kid := range n.children {
		kids = append(kids, kid)
	}
	slices.SortFunc(kids, func(a, b *Node) int { return a.serial - b.serial })
	return kids
}

func (n *Node) isLink() bool { return n.target != nil }

// resolvedPkg is the package that a dependent gets: a link's target.
func (n *Node) resolvedPkg() *pkg {
	if n.target != nil {
		return n.target.pkg
	}
	return n.pkg
}

// failed is why the node's package could not be had, nil for real ones.
func (n *Node) failed() error { return n.pkg.failed }

// IsTop reports whether the node is in no node_modules: the project, a
// workspace, or another folder that is linked to.
func (n *Node) IsTop() bool { return n.isTop() }

func (n *Node) isTop() bool { return n.parent == nil }

// isGlobal reports whether the node is a global package (see [Options.Global]).
func (n *Node) isGlobal() bool {
	return n.graph != nil && n.graph.global && n.parent == n.graph.root
}

// isTopmost reports whether what the node needs, its peers too, has its place
// in the node's own node_modules.
func (n *Node) isTopmost() bool { return n.isTop() || n.isGlobal() }

// isRoot reports whether the node is the root of its tree; a node that has
// been taken out of a tree is its own root.
func (n *Node) isRoot() bool {
	if n.graph == nil {
		return n.parent == nil && n.owner == nil
	}
	return n.graph.root == n
}

// isWorkspace reports whether the root has this node, or the link to it, as a
// workspace.
func (n *Node) isWorkspace() bool {
	if n.graph == nil || n.isRoot() {
		return false
	}
	e := n.graph.root.edge(fold(n.pkg.name))
	return e != nil && e.dep.kind == kindWorkspace && e.to != nil && (e.to == n || e.to.target == n)
}

// mine reports whether the project's author wrote the node.
func (n *Node) mine() bool { return n.isRoot() || n.isWorkspace() }

// above is where the search for a name goes on when n does not have it.
func (n *Node) above() *Node {
	if n.parent != nil {
		return n.parent
	}
	return n.owner
}

// within reports whether n is of or below the given node.
func (n *Node) within(other *Node) bool {
	for ; n != nil; n = n.above() {
		if n == other {
			return true
		}
	}
	return false
}

// lookup finds what a require of the name gets.
func (n *Node) lookup(key string) *Node {
	for ; n != nil; n = n.above() {
		if kid := n.children[key]; kid != nil {
			return kid
		}
	}
	return nil
}

func (n *Node) depth() int {
	d := 0
	for ; n.parent != nil; n = n.parent {
		d++
	}
	return d
}

// edge returns the node's dependency on a name, nil when it has none.
func (n *Node) edge(key string) *Edge {
	if n.shape == nil {
		return nil
	}
	i, ok := n.shape.find(key)
	if !ok {
		return nil
	}
	if n.edgesOut[i] == nil {
		n.edgesOut[i] = &Edge{from: n, dep: &n.shape.deps[i]}
		n.edgesOut[i].reload()
	}
	return n.edgesOut[i]
}

// baseFolder is what relative paths in the node's specs are relative to.
func (n *Node) baseFolder() string {
	if n.source != nil {
		return n.source.baseFolder()
	}
	if folder, ok := n.pkg.packedFolder(); ok {
		return folder
	}
	if file, ok := strings.CutPrefix(n.pkg.resolved, "file:"); ok {
		return path.Dir(file)
	}
	return n.Location()
}

// matches reports whether two nodes are the same package under the same name.
func (n *Node) matches(other *Node) bool {
	switch {
	case n == other:
		return true
	case n.name != other.name:
		return false
	case n.isLink():
		return other.isLink() && n.target.Location() == other.target.Location()
	case n.isRoot() && other.isRoot():
		return n.path == other.path
	}
	return n.pkg.same(other.pkg)
}

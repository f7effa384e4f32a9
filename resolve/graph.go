package resolve

import (
	"path"
	"slices"

	"github.com/ipnpm/ipnpm/lockfile"
)

// graph is one tree with what is needed to change it quickly: a package that
// comes or goes changes what its name resolves to only for the nodes at or
// below its parent, and named and edges find those without walking the tree.
//
// A virtual root is the root of a graph of its own, too small to be worth
// indexes; there the few children are walked (see virtualEdges).
type graph struct {
	root    *Node
	tops    map[string]*Node   // nodes without parent, by path
	named   map[string][]*Node // nodes by key
	edges   map[string][]*Edge // edges by key
	virtual bool
	global  bool // the root's packages are global ones
	bundles bool // some package has bundled ones
	// registered are the nodes as they came, each at its serial number, those that
	// are gone included.
	registered []*Node
	// order caches sorted's answer until a node comes or goes.
	order []*Node
}

func newGraph(root *Node) *graph {
	g := &graph{root: root, tops: map[string]*Node{root.path: root},
		named: make(map[string][]*Node), edges: make(map[string][]*Edge)}
	g.register(root)
	return g
}

// register makes a node part of the graph, without touching its edges.
func (g *graph) register(n *Node) {
	n.graph = g
	g.registered = append(g.registered, n)
	n.serial = len(g.registered)
	g.bundles = g.bundles || len(n.pkg.bundled) > 0
	if g.virtual {
		return
	}
	g.order = nil
	n.slot = len(g.named[n.key])
	g.named[n.key] = append(g.named[n.key], n)
	for _, e := range n.edgesOut {
		g.index(e)
	}
}

func (g *graph) index(e *Edge) {
	list := g.edges[e.dep.key]
	e.slotNamed = len(list)
	g.edges[e.dep.key] = append(list, e)
}

func (g *graph) unregister(n *Node) {
	n.graph = nil
	if g.virtual {
		return
	}
	g.order = nil
	list := g.named[n.key]
	last := len(list) - 1
	list[n.slot] = list[last]
	list[n.slot].slot = n.slot
	list[last] = nil
	g.named[n.key] = list[:last]
	for _, e := range n.edgesOut {
		edges := g.edges[e.dep.key]
		end := len(edges) - 1
		edges[e.slotNamed] = edges[end]
		edges[e.slotNamed].slotNamed = e.slotNamed
		edges[end] = nil
		g.edges[e.dep.key] = edges[:end]
	}
}

// add puts n into parent's node_modules, in place of whatever is there.
func (g *graph) add(n, parent *Node) {
	if old := parent.children[n.key]; old != nil {
		g.remove(old)
	}
	g.put(n, parent)
	g.adoptTarget(n)
	g.reloadNamed(n.key, parent)
	reloadAll(n)
}

// put is add without the consequences for edges.
func (g *graph) put(n, parent *Node) {
	if parent.children == nil {
		parent.children = make(map[string]*Node)
	}
	parent.children[n.key] = n
	n.parent, n.owner, n.location = parent, nil, ""
	g.register(n)
}

// addBare is add for a node that gets its edges only when it is in its place:
// those that resolve to it announce their overrides before it has any of its
// own to hand them on to.
func (g *graph) addBare(n, parent *Node) {
	edges := n.edgesOut
	n.edgesOut = nil
	g.add(n, parent)
	n.edgesOut = edges
	for _, e := range edges {
		g.index(e)
		e.reload()
	}
}

// addFolder makes a folder outside node_modules part of the graph, under the
// node that its path is in, if any.
func (g *graph) addFolder(n *Node) {
	g.tops[n.path] = n
	g.register(n)
	if owner := g.ownerOf(n.path); owner != nil {
		n.owner = owner
		owner.folders = append(owner.folders, n)
	}
	for _, other := range g.root.folders {
		if other != n && n.owner == g.root && isInside(other.path, n.path) {
			g.reown(other, n)
		}
	}
	reloadAll(n)
}

// ownerOf finds the innermost folder of the graph around a path.
func (g *graph) ownerOf(p string) *Node {
	for p != "" && p != g.root.path && p != "." && p != "/" && p != ".." {
		p = path.Dir(p)
		if owner := g.tops[folderPath(p)]; owner != nil {
			return owner
		}
	}
	return nil
}

func (g *graph) reown(n, owner *Node) {
	n.owner.folders = slices.DeleteFunc(slices.Clone(n.owner.folders), func(f *Node) bool { return f == n })
	n.owner = owner
	owner.folders = append(owner.folders, n)
	reloadEvery(n)
}

// adoptTarget brings a link's target along into the link's graph, or gives
// the link the folder that the graph already has there.
func (g *graph) adoptTarget(n *Node) {
	if n.target == nil {
		return
	}
	here := g.tops[n.target.path]
	switch {
	case n.target.graph == g:
	case here != nil:
		n.target, n.pkg = here, here.pkg
	case g.virtual && n.target.graph != nil:
		n.target = g.shadow(n.target)
	default:
		if old := n.target.graph; old != nil {
			old.remove(n.target)
		}
		g.addFolder(n.target)
	}
	if !slices.Contains(n.target.links, n) {
		n.target.links = append(n.target.links, n)
	}
}

// remove takes n and everything below it out of the graph.
func (g *graph) remove(n *Node) {
	if n.graph == nil {
		return
	}
	gone := subtree(n, nil)
	g.cut(n)
	for _, m := range gone {
		g.unregister(m)
	}
	// Edges within what is gone come last: they keep its rules until those of
	// the edges that lead out are known.
	for _, m := range gone {
		for _, e := range slices.Clone(m.edgesIn) {
			if e.from.graph != nil {
				e.reload()
			}
		}
		for _, e := range m.edgesOut {
			if e != nil && e.to != nil && e.to.graph != nil {
				e.reload()
			}
		}
	}
	for _, m := range gone {
		for _, e := range m.edgesOut {
			if e != nil && e.to != nil {
				e.link(nil)
			}
		}
	}
	if n.target != nil {
		n.target.links = slices.DeleteFunc(slices.Clone(n.target.links), func(l *Node) bool { return l == n })
	}
}

// cut separates n from its parent or owner.
func (g *graph) cut(n *Node) {
	if n.parent != nil {
		if n.parent.children[n.key] == n {
			delete(n.parent.children, n.key)
		}
		n.path = n.Location()
		n.parent = nil
		return
	}
	delete(g.tops, n.path)
	if n.owner != nil {
		n.owner.folders = slices.DeleteFunc(slices.Clone(n.owner.folders), func(f *Node) bool { return f == n })
		n.owner = nil
	}
}

// replace puts n where old is; n inherits what old has in its node_modules.
func (g *graph) replace(old, n *Node) {
	if g.root.rules != nil && len(old.children) > 0 && !n.isLink() {
		g.replaceUnderRules(old, n)
		return
	}
	parent := old.parent
	kids := old.children
	old.children = nil
	g.remove(old)
	if !n.isLink() {
		n.children = kids
		for _, kid := range kids {
			kid.parent = n
		}
	} else {
		for _, kid := range kids {
			g.remove(kid)
		}
	}
	g.put(n, parent)
	g.adoptTarget(n)
	g.reloadNamed(n.key, parent)
	reloadAll(n)
}

// replaceUnderRules is replace where overrides count: which rule a node is
// under depends on who came first, and in npm the packages in old's
// node_modules leave the tree and come back with n.
func (g *graph) replaceUnderRules(old, n *Node) {
	parent, kids := old.parent, old.kids()
	for _, kid := range kids {
		g.remove(kid)
	}
	g.remove(old)
	g.add(n, parent)
	for _, kid := range kids {
		g.graft(kid, n)
	}
}

// graft puts a node that was removed back, with all that is below it.
func (g *graph) graft(n, parent *Node) {
	below := n.kids()
	n.children = nil
	g.add(n, parent)
	for _, kid := range below {
		g.graft(kid, n)
	}
}

// reloadNamed looks up again the edges whose name may now resolve into top's
// node_modules, or no longer does.
func (g *graph) reloadNamed(key string, top *Node) {
	if g.virtual {
		g.reloadVirtual(key)
		return
	}
	var list []*Edge
	for _, e := range g.edges[key] {
		if e.from.within(top) && (e.to != nil && e.to.parent == top && top != g.root || e.from.lookup(key) != e.to) {
			list = append(list, e)
		}
	}
	if g.root.rules != nil {
		slices.SortFunc(list, func(a, b *Edge) int { return treeOrder(a.from, b.from) })
	}
	for _, e := range list {
		e.reload()
	}
}

// treeOrder compares two nodes of one tree by when a walk meets them: a node
// before what is in its node_modules, that in order of arrival, and folders
// last.
func treeOrder(a, b *Node) int {
	up, down := lineage(a), lineage(b)
	for i := range min(len(up), len(down)) {
		x, y := up[i], down[i]
		switch {
		case x == y:
		case (x.parent == nil) != (y.parent == nil):
			return boolInt(x.parent == nil) - boolInt(y.parent == nil)
		case x.parent == nil:
			folders := x.owner.folders
			return slices.Index(folders, x) - slices.Index(folders, y)
		default:
			return x.serial - y.serial
		}
	}
	return len(up) - len(down)
}

// lineage lists the nodes from the top of the tree down to n.
func lineage(n *Node) []*Node {
	var line []*Node
	for ; n != nil; n = n.above() {
		line = append(line, n)
	}
	slices.Reverse(line)
	return line
}

// reloadEvery looks up all edges of n and of everything below it.
func reloadEvery(n *Node) {
	for _, m := range subtree(n, nil) {
		for _, e := range m.edgesOut {
			if e != nil {
				e.reload()
			}
		}
	}
}

// reloadAll looks up the edges of n, and of everything below it, that do not
// lead anywhere in n's graph yet.
func reloadAll(n *Node) {
	for _, m := range subtree(n, nil) {
		for _, e := range m.edgesOut {
			if e != nil && (e.to == nil || e.to.graph != n.graph) {
				e.reload()
			}
		}
	}
}

// subtree lists n, what is in its node_modules, and the folders it owns.
func subtree(n *Node, list []*Node) []*Node {
	list = append(list, n)
	for _, kid := range n.kids() {
		list = subtree(kid, list)
	}
	for _, folder := range n.folders {
		list = subtree(folder, list)
	}
	return list
}

// sorted lists all nodes as npm sorts their locations. The list is for reading;
// it stays as it is when nodes come or go.
func (g *graph) sorted() []*Node {
	if g.order == nil {
		g.order = byLocation(g.all())
	}
	return g.order
}

// byLocation sorts nodes as npm sorts their locations.
func byLocation(nodes []*Node) []*Node {
	slices.SortFunc(nodes, func(x, y *Node) int {
		return lockfile.Compare(x.Location(), y.Location())
	})
	return nodes
}

// all lists the nodes in the order in which they came, which for those of a lockfile
// is that of their locations.
func (g *graph) all() []*Node {
	list := make([]*Node, 0, len(g.registered))
	for i, n := range g.registered {
		if n.graph == g && n.serial == i+1 {
			list = append(list, n)
		}
	}
	return list
}

func isInside(p, folder string) bool {
	return len(p) > len(folder) && p[:len(folder)] == folder && (folder == "" || p[len(folder)] == '/')
}

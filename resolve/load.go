package resolve

import "context"

// Load is the tree that the request's lockfile has, as it is: nothing is
// picked, placed or asked of the index, and what is missing or wrong stays so.
// Edges say which it is.
func Load(ctx context.Context, r Request) (*Tree, error) {
	b := newBuilder(&r)
	if err := b.loadRoot(); err != nil {
		return nil, err
	}
	if err := b.loadLock(ctx); err != nil {
		return nil, err
	}
	calcFlags(b.tree)
	return &Tree{Root: b.tree.root, graph: b.tree, source: b.source}, nil
}

// Parent is the node whose node_modules the node is in; nil for a folder.
func (n *Node) Parent() *Node { return n.parent }

// Owner is, of a folder, the node around it, whose packages it sees too; nil
// for one outside the project.
func (n *Node) Owner() *Node { return n.owner }

// IsWorkspace reports whether the node is a workspace, or the link to it.
func (n *Node) IsWorkspace() bool { return n.isWorkspace() }

// Overridden reports whether some dependent gets the node by an override.
func (n *Node) Overridden() bool { return n.overridden() }

// InBundle reports whether the node came in another package's tarball.
func (n *Node) InBundle() bool { return n.bundler(nil) != nil }

// Raw is the spec as package.json has it, before overrides.
func (e *Edge) Raw() string { return e.dep.want.raw }

// Problem is npm's word for what is wrong with an edge: MISSING, INVALID,
// PEER LOCAL (a peer that lies in its own dependent), "" where nothing is.
func (e *Edge) Problem() string {
	if e.valid() {
		return ""
	}
	return [...]string{edgeMissing: "MISSING", edgePeerLocal: "PEER LOCAL", edgeInvalid: "INVALID"}[e.state]
}

// Bundled reports whether the dependent names the dependency as bundled.
func (e *Edge) Bundled() bool { return e.from.pkg.bundles(e.dep.name) }

package resolve

import (
	"context"
	"slices"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// virtualRoot stands in for a node while packages are tried out for it: it
// has the node's dependencies, and nothing in its node_modules. With reuse,
// the one last made for the node is taken again, with what is in it.
func (b *builder) virtualRoot(n *Node, reuse bool) *Node {
	if v := b.virtuals[n]; reuse && v != nil {
		return v
	}
	v := &Node{name: n.name, key: n.key, pkg: n.pkg, shape: n.shape, source: n, rules: n.rules, path: n.Location(), flags: allFlags}
	v.edgesOut = make([]*Edge, len(n.edgesOut))
	g := &graph{root: v, tops: map[string]*Node{v.path: v}, virtual: true}
	g.register(v)
	for _, kid := range n.kids() {
		if kid.target != nil && kid.target != n {
			g.shadow(kid.target)
		}
	}
	b.virtuals[n] = v
	return v
}

// shadow makes a stand-in for a linked folder part of a virtual graph, so that
// its dependencies have a say in it.
func (g *graph) shadow(target *Node) *Node {
	if n := g.tops[target.Location()]; n != nil {
		return n
	}
	n := &Node{name: target.name, key: target.key, pkg: target.pkg, shape: target.shape, source: target,
		path: target.Location(), flags: allFlags}
	n.edgesOut = make([]*Edge, len(target.edgesOut))
	g.addFolder(n)
	return n
}

// reloadVirtual looks up again the edges of a name in a virtual graph. The
// edges of the root and of shadows are made here, the first time that they
// can resolve to anything.
func (g *graph) reloadVirtual(key string) {
	reload := func(n *Node) {
		if e := n.edge(key); e != nil {
			e.reload()
		}
	}
	reload(g.root)
	for _, kid := range g.root.kids() {
		reload(kid)
	}
	for _, folder := range g.folders() {
		reload(folder)
	}
}

// folders lists the folders of a virtual graph besides its root, in order of
// arrival.
func (g *graph) folders() []*Node {
	if len(g.tops) < 2 {
		return nil
	}
	list := make([]*Node, 0, len(g.tops)-1)
	for _, n := range g.tops {
		if n != g.root {
			list = append(list, n)
		}
	}
	slices.SortFunc(list, func(a, b *Node) int { return a.serial - b.serial })
	return list
}

// nodeFromEdge picks a package for an edge and puts it, with the peers that
// it needs, into a virtual root: the given one, or a new one for the edge's
// node. If second, another edge that wants the same name, is not content with
// the pick, its own wish is tried, and taken if it suits both. required has
// the nodes without whose peers the installation cannot do.
func (b *builder) nodeFromEdge(ctx context.Context, e *Edge, virtual *Node, second *Edge, required map[*Node]bool) (*Node, error) {
	if virtual == nil {
		virtual = b.virtualRoot(e.from, false)
	}
	node, err := b.nodeFromSpec(ctx, e, virtual)
	if err != nil {
		return nil, err
	}
	if second != nil && !second.valid() {
		other, err := b.nodeFromSpec(ctx, second, virtual)
		if err != nil {
			return nil, err
		}
		if e.valid() {
			node = other
		}
	}
	if node.parent != virtual {
		virtual.graph.add(node, virtual)
	}
	if demands(required, e) || second != nil && demands(required, second) {
		required[node] = true
	}
	b.causes[node] = virtual.source
	if b.options.Global && e.from == b.tree.root {
		// Its peers are looked for when it is in its place, for that one alone.
		return node, nil
	}
	return node, b.loadPeers(ctx, node, required)
}

func demands(required map[*Node]bool, e *Edge) bool {
	return required[e.from] && e.dep.kind != kindPeerOptional
}

// nodeFromSpec makes the node that an edge asks for and puts it into the
// virtual root.
func (b *builder) nodeFromSpec(ctx context.Context, e *Edge, virtual *Node) (*Node, error) {
	want := e.ask()
	spec := want.spec.Target()
	var node *Node
	switch ws := b.workspaceFor(e); {
	case want.err == nil && b.allowed(e, spec) != nil:
		node = newNode(e.dep.name, failedPkg(e.dep.name, b.allowed(e, spec)), new(shape))
	case want.err == nil && spec.Kind == manifest.KindDirectory && isMachinePath(spec):
		node = newNode(e.dep.name, failedPkg(e.dep.name, &LocalPathError{Spec: want.spec}), new(shape))
	case want.err == nil && want.linksTo(e.from):
		target, err := b.folder(ctx, e, spec)
		if err != nil {
			return nil, err
		}
		node = newLink(e.dep.name, target)
	case want.err == nil && spec.Kind == manifest.KindWorkspace:
		if target, err := b.workspaceNode(e, want); err != nil {
			node = newNode(e.dep.name, failedPkg(e.dep.name, err), new(shape))
		} else {
			node = newLink(e.dep.name, target)
		}
	case ws != nil && e.satisfiedBy(ws):
		node = newLink(e.dep.name, ws.target)
	default:
		p := b.pkgFor(ctx, e, want)
		node = newNode(e.dep.name, p, p.plain)
	}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	virtual.graph.add(node, virtual)
	return node, nil
}

// workspaceFor is the link to the workspace of the edge's name, if there is
// one.
func (b *builder) workspaceFor(e *Edge) *Node {
	we := b.tree.root.edge(e.dep.key)
	if we == nil || we.dep.kind != kindWorkspace || we.to == nil || we.to.target == nil {
		return nil
	}
	return we.to
}

func (b *builder) pkgFor(ctx context.Context, e *Edge, want *requirement) *pkg {
	if want.err != nil {
		return failedPkg(e.dep.name, want.err)
	}
	spec := want.spec.Target()
	if spec.Registry() {
		p := b.source.fromRegistry(ctx, e.dep.name, want)
		if err := b.allowedAddress(e, p); err != nil {
			return failedPkg(e.dep.name, err)
		}
		return p
	}
	if b.request.Local == nil || spec.Kind == manifest.KindCatalog {
		return failedPkg(e.dep.name, &UnsupportedError{Spec: want.spec})
	}
	if isMachinePath(spec) {
		return failedPkg(e.dep.name, &LocalPathError{Spec: want.spec})
	}
	local, err := b.readLocal(ctx, e.from.baseFolder(), spec, want.packs)
	if err != nil {
		return failedPkg(e.dep.name, err)
	}
	if want.pin != nil {
		if err := checkPin(want.pin, local.Manifest.Version, local.Integrity); err != nil {
			return failedPkg(e.dep.name, err)
		}
	}
	return b.source.localPkg(local)
}

// folder is the node of a linked folder. One without a readable package.json
// is linked to all the same, as npm does.
func (b *builder) folder(ctx context.Context, e *Edge, spec manifest.Spec) (*Node, error) {
	where := localPath(e.from, spec)
	if n := b.knownFolder(where); n != nil {
		return n, nil
	}
	if b.request.Local != nil {
		local, err := b.request.Local.Manifest(ctx, e.from.baseFolder(), spec)
		if err == nil && local.Manifest != nil {
			return b.newFolder(where, local.Manifest), nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return b.newFolder(where, &manifest.Manifest{Name: e.dep.name}), nil
}

func (b *builder) newFolder(where string, m *manifest.Manifest) *Node {
	p := b.source.projectPkg(where, m, nil)
	n := newNode(baseName(where, p.name), p, p.top)
	n.path = where
	return n
}

// loadPeers brings the peers of a node, and theirs, into its virtual root.
// Versions are preferred that the virtual root's own dependencies accept as
// well. Conflicts are errors only when they are the project's own and cannot
// be left to placement.
func (b *builder) loadPeers(ctx context.Context, node *Node, required map[*Node]bool) error {
	for _, e := range b.unmetPeers(node) {
		if node.parent == nil || node.graph == nil {
			return nil // replaced meanwhile by a version that suits its peers
		}
		if e.valid() && e.to != nil {
			continue
		}
		virtual := node.parent
		conflictOK := b.options.Force || !virtual.source.mine() && !b.options.StrictPeerDeps
		wish := virtual.edge(e.dep.key)
		var err error
		switch {
		case e.to == nil && wish == nil:
			err = b.loadMissingPeer(ctx, e, virtual, required)
		case e.to == nil:
			err = b.loadSharedPeer(ctx, e, wish, required, conflictOK)
		default:
			err = b.replacePeer(ctx, e, wish, required, conflictOK)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) unmetPeers(node *Node) []*Edge {
	var list []*Edge
	for _, e := range node.edgesOut {
		if e.peer() && !(e.valid() && e.to != nil) {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(x, y *Edge) int { return lockfile.Compare(x.dep.name, y.dep.name) })
	return list
}

// loadMissingPeer: nobody else in the virtual root wants the peer. An
// optional one is only of interest if what the tree has is wrong for it: then
// the set must nest.
func (b *builder) loadMissingPeer(ctx context.Context, e *Edge, virtual *Node, required map[*Node]bool) error {
	if e.dep.kind == kindPeerOptional {
		if have := virtual.source.lookup(e.dep.key); have == nil || e.satisfiedBy(have) {
			return nil
		}
	}
	_, err := b.nodeFromEdge(ctx, e, virtual, nil, required)
	return err
}

// loadSharedPeer: the virtual root's own node depends on the name too, and its
// wish goes first.
func (b *builder) loadSharedPeer(ctx context.Context, e, wish *Edge, required map[*Node]bool, conflictOK bool) error {
	node := e.from
	dep, err := b.nodeFromEdge(ctx, wish, node.parent, e, required)
	if err != nil || e.valid() {
		return err
	}
	if conflictOK || !required[dep] {
		e.conflicted = true
		return nil
	}
	if node.parent == nil || node.graph == nil {
		return nil
	}
	return b.peerConflict(e, wish)
}

// replacePeer: there is a node of that name already, and it is wrong for e.
func (b *builder) replacePeer(ctx context.Context, e, wish *Edge, required map[*Node]bool, conflictOK bool) error {
	current, virtual := e.to, e.from.parent
	dep, err := b.nodeFromEdge(ctx, e, nil, nil, required)
	if err != nil {
		return err
	}
	if dep.canReplace(current, nil) {
		_, err := b.nodeFromEdge(ctx, e, virtual, nil, required)
		return err
	}
	if conflictOK || !required[e.from] {
		return nil
	}
	return b.peerConflict(e, wish)
}

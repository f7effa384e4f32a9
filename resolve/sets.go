package resolve

// nodeSet is a set that keeps the order of arrival, and may grow while it is
// walked by index.
type nodeSet struct {
	list []*Node
	has  map[*Node]struct{}
}

func setOf(nodes ...*Node) *nodeSet {
	s := &nodeSet{has: make(map[*Node]struct{}, len(nodes))}
	for _, n := range nodes {
		s.add(n)
	}
	return s
}

func (s *nodeSet) add(n *Node) {
	if _, ok := s.has[n]; !ok {
		s.has[n] = struct{}{}
		s.list = append(s.list, n)
	}
}

func (s *nodeSet) contains(n *Node) bool {
	_, ok := s.has[n]
	return ok
}

// gather returns the given nodes and what only they depend on, directly or
// not: the nodes that would be left without a dependent if these went away.
// Edges for which counts is false neither lead into the set nor hold a node
// out of it.
func gather(nodes []*Node, counts func(*Edge) bool) *nodeSet {
	set := setOf(nodes...)
	for i := 0; i < len(set.list); i++ {
		for _, e := range set.list[i].edgesOut {
			if e != nil && e.to != nil && counts(e) {
				set.add(e.to)
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for n := range set.has {
			if heldFromOutside(n, set, counts) {
				delete(set.has, n)
				changed = true
			}
		}
	}
	kept := set.list[:0]
	for _, n := range set.list {
		if set.contains(n) {
			kept = append(kept, n)
		}
	}
	set.list = kept
	return set
}

func heldFromOutside(n *Node, set *nodeSet, counts func(*Edge) bool) bool {
	for _, e := range n.edgesIn {
		if !set.contains(e.from) && counts(e) {
			return true
		}
	}
	return false
}

// hasOrigin reports whether the edges that count lead to n, by nodes not seen
// yet, from one that none leads to. With root seen, n is then not in what gather
// returns for root: all there is led to. A few steps up find that out, where the
// set may be half the tree.
func hasOrigin(n *Node, seen map[*Node]struct{}, counts func(*Edge) bool) bool {
	if _, again := seen[n]; again {
		return false
	}
	seen[n] = struct{}{}
	origin := true
	for _, e := range n.edgesIn {
		if !counts(e) {
			continue
		}
		if hasOrigin(e.from, seen, counts) {
			return true
		}
		origin = false
	}
	return origin
}

// peerEntry is an edge by which a peer set is entered, with the peers that it
// brings.
type peerEntry struct {
	edge  *Edge
	peers []*Node
}

// peerEntries lists the ways into the peer sets that node is part of: edges
// that are no peer edges themselves, or come from a tree's top.
func peerEntries(node *Node) []peerEntry {
	var entries []peerEntry
	for _, peer := range peerUnion(node).list {
		for _, e := range peer.edgesIn {
			if !e.valid() || e.peer() && !e.from.isTopmost() {
				continue
			}
			set := peersOf(peer)
			if set.contains(node) {
				entries = append(entries, peerEntry{edge: e, peers: set.list})
			}
		}
	}
	return entries
}

// peerUnion is everything that peer edges connect with node, either way.
func peerUnion(node *Node) *nodeSet {
	union := setOf(node)
	for i := 0; i < len(union.list); i++ {
		for _, e := range union.list[i].edgesOut {
			if e != nil && e.to != nil && e.peer() && e.valid() {
				union.add(e.to)
			}
		}
		for _, e := range union.list[i].edgesIn {
			if e.peer() && e.valid() {
				union.add(e.from)
			}
		}
	}
	return union
}

// peersOf is node and the peers it needs, directly or not.
func peersOf(node *Node) *nodeSet {
	set := setOf(node)
	for i := 0; i < len(set.list); i++ {
		for _, e := range set.list[i].edgesOut {
			if e != nil && e.to != nil && e.peer() && e.valid() {
				set.add(e.to)
			}
		}
	}
	return set
}

// deepest is the deepest node whose node_modules may hold name on behalf of
// start: a peer must not be inside a node that has it as a peer.
func deepest(start *Node, key string) *Node {
	for n := start; n != nil; n = n.above() {
		if n.isRoot() || n.isGlobal() || n.above() == nil {
			return n
		}
		if e := n.edge(key); e == nil || !e.peer() {
			return n
		}
	}
	return nil
}

// optionalSet is a failed optional node and what is to go with it: all that
// requires it up to the optional edges, and what only those need.
func optionalSet(node *Node) *nodeSet {
	set := setOf(node)
	for i := 0; i < len(set.list); i++ {
		for _, e := range set.list[i].edgesIn {
			if !e.dep.kind.optional() {
				set.add(e.from)
			}
		}
	}
	return gather(set.list, func(e *Edge) bool { return !set.contains(e.to) && !e.from.inert })
}

// canReplace reports whether old's dependents would be as content with n,
// leaving aside those that would go with old and the peers named in ignore.
func (n *Node) canReplace(old *Node, ignore map[string]*Node) bool {
	if n.name != old.name || n.resolvedPkg().name != old.resolvedPkg().name {
		return false
	}
	if len(old.edgesOut) > 0 && !sameRules(n.rules, old.rules) {
		return false
	}
	var company *nodeSet
	for _, e := range old.edgesIn {
		if !old.isTopmost() && e.peer() && e.from.parent == old.parent && ignore[e.from.key] != nil {
			continue
		}
		if e.satisfiedBy(n) {
			continue
		}
		counts := func(e *Edge) bool { return e.to != old && e.valid() }
		if hasOrigin(e.from, map[*Node]struct{}{old: {}}, counts) {
			return false
		}
		if company == nil {
			company = gather([]*Node{old}, counts)
		}
		if !company.contains(e.from) {
			return false
		}
	}
	return true
}

// canDedupe reports whether the node could go because what its dependents
// would find above is as good.
func (n *Node) canDedupe(preferDedupe, explicit bool) bool {
	up := n.above()
	if n.inDependencyBundle() || up == nil || up.above() == nil {
		return false
	}
	if len(n.edgesIn) == 0 {
		return true
	}
	other := up.above().lookup(n.key)
	switch {
	case other == nil:
		return false
	case other.matches(n):
		return true
	case !other.canReplace(n, nil):
		return false
	}
	order := compareVersions(other, n)
	return preferDedupe || explicit || order == 0 || order > 0 && !n.overridden()
}

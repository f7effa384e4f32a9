package resolve

import "slices"

// verdict is the answer to "may this package be placed there?".
type verdict uint8

const (
	verdictConflict verdict = iota + 1
	verdictOK               // nothing of that name is there
	verdictReplace          // what is there may be replaced
	verdictKeep             // what is there serves
)

func (v verdict) String() string {
	return [...]string{"", "CONFLICT", "OK", "REPLACE", "KEEP"}[v]
}

// check asks whether dep, a node of a virtual root with its peers beside it,
// may be placed in target's node_modules to satisfy edge. It reads the tree
// and never changes it: a placement is tried in many folders before it is
// made in one.
type check struct {
	dep, target *Node
	edge        *Edge
	dedupe      bool
	explicit    bool
	// above is the check of the node whose peer dep is; nil for the first.
	above *check
	path  []*Node // the dependents above, against cycles of peers

	current *Node // what target has under the name
	// waived: already in the virtual root dep was taken against edge's wish.
	waived bool

	// all is the verdict with dep's peers taken into account, self without.
	all, self verdict
	peers     []*check
	peersDone bool
}

func newCheck(dep, target *Node, edge *Edge, above *check, dedupe, explicit bool, path []*Node) *check {
	c := &check{dep: dep, target: target, edge: edge, above: above, path: path,
		dedupe: dedupe || edge.peer(), explicit: explicit}
	c.current = target.children[edge.dep.key]
	c.waived = !edge.satisfiedBy(dep)
	c.all = c.judge()
	if c.self == 0 {
		c.self = c.all
	}
	return c
}

func (c *check) judge() verdict {
	if c.dep.failed() != nil {
		if c.current != nil {
			return verdictReplace
		}
		return verdictOK
	}
	wanted := c.target.edge(c.edge.dep.key)
	if wanted != nil && wanted.peer() && !c.target.isTopmost() {
		return verdictConflict
	}
	if c.current != nil {
		return c.againstCurrent()
	}
	if wanted != nil && wanted != c.edge && !wanted.satisfiedBy(c.dep) {
		return verdictConflict
	}
	return c.inEmptyPlace()
}

// inEmptyPlace: nothing of the name is there. But something further up may be
// what nodes below target resolve to now; those must not mind the change.
func (c *check) inEmptyPlace() verdict {
	if c.target != c.entry().from {
		if shadowed := c.target.lookup(c.edge.dep.key); shadowed != nil {
			for _, e := range shadowed.edgesIn {
				if !e.satisfiedBy(c.dep) && e.from.within(c.target) && e.valid() {
					return verdictConflict
				}
			}
		}
	}
	return c.withPeers(verdictOK)
}

// againstCurrent weighs dep against what is in its place.
func (c *check) againstCurrent() verdict {
	current := c.current
	if c.dep.matches(current) && (c.waived || c.edge.satisfiedBy(current)) {
		if c.explicit {
			return verdictReplace
		}
		return verdictKeep
	}
	newer := current.Version() != "" && c.dep.Version() != "" && compareVersions(c.dep, current) >= 0
	if newer && c.mayReplace() {
		return verdictReplace
	}
	if c.edge.satisfiedBy(current) && (!c.explicit || c.dedupe) {
		return verdictKeep
	}
	if c.dedupe && !newer && c.mayReplace() {
		return verdictReplace
	}
	// The last resort: where dep can go no deeper, and what is there can.
	if c.target != c.deepest() {
		return verdictConflict
	}
	if !c.edge.peer() && c.target == c.edge.from {
		return c.withPeers(verdictReplace)
	}
	if c.above == nil && !c.edge.peer() || !c.setMayYield() {
		return verdictConflict
	}
	return c.withPeers(verdictReplace)
}

func (c *check) mayReplace() bool {
	return c.dep.canReplace(c.current, nil) && c.withPeers(verdictReplace) != verdictConflict
}

// setMayYield reports whether every peer set that current is part of can be
// replaced by dep's set, or nested deeper.
func (c *check) setMayYield() bool {
	yields := true
	var set map[string]*Node
	if c.dep.parent != nil {
		set = c.dep.parent.children
	}
	for _, entry := range peerEntries(c.current) {
		if entry.edge == c.edge || entry.edge == c.entry() {
			continue
		}
		if replacement := set[entry.edge.to.key]; replacement != nil {
			if replacement.canReplace(entry.edge.to, set) {
				continue
			}
		} else if setCovers(set, entry.edge.to) {
			continue
		}
		for _, peer := range entry.peers {
			place := deepest(entry.edge.from, peer.key)
			if place == c.target || c.target.within(place) {
				yields = false
				break
			}
		}
	}
	return yields
}

// setCovers reports whether the peers that node needs, directly or through
// peers that stay, are satisfied by the nodes of set that would replace them.
func setCovers(set map[string]*Node, node *Node) bool {
	walk := setOf(node)
	for i := 0; i < len(walk.list); i++ {
		for _, e := range walk.list[i].edgesOut {
			if e == nil || !e.peer() || !e.valid() {
				continue
			}
			if replacement := set[e.dep.key]; replacement == nil {
				if e.to != nil {
					walk.add(e.to)
				}
			} else if !e.satisfiedBy(replacement) {
				return false
			}
		}
	}
	return true
}

// withPeers is state if dep's peers can be placed at or above target as well.
func (c *check) withPeers(state verdict) verdict {
	c.self = state
	if !c.peersDone {
		c.checkPeers()
	}
	for _, p := range c.peers {
		if p.all == verdictConflict {
			return verdictConflict
		}
	}
	return state
}

func (c *check) checkPeers() {
	c.peersDone = true
	path := append(slices.Clone(c.path), c.dep)
	for _, e := range c.dep.edgesOut {
		if e == nil || !e.peer() || e.to == nil || slices.Contains(path, e.to) {
			continue
		}
		// A peer may have to go higher than dep, where target has it as its
		// own peer.
		target := deepest(c.target, e.to.key)
		c.peers = append(c.peers, newCheck(e.to, target, e, c, true, false, path))
	}
}

// deepest is how deep dep could be placed.
func (c *check) deepest() *Node {
	start := c.edge.from
	if c.above != nil {
		start = c.above.deepest()
	}
	return deepest(start, c.edge.dep.key)
}

// entry is the edge that the whole peer set is placed for.
func (c *check) entry() *Edge {
	for c.above != nil {
		c = c.above
	}
	return c.edge
}

// conflictingPeer finds the check of a peer that conflicts with something
// that is there.
func (c *check) conflictingPeer() *check {
	for _, p := range c.peers {
		if p.all == verdictConflict && p.current != nil {
			return p
		}
	}
	for _, p := range c.peers {
		if found := p.conflictingPeer(); found != nil {
			return found
		}
	}
	return nil
}

package resolve

import "slices"

// placement puts a package of a virtual root, and the peers it brings, into
// the tree.
type placement struct {
	b        *builder
	dep      *Node
	edge     *Edge
	above    *placement // of the node whose peer dep is
	depth    int        // how many are above it
	explicit bool
	updates  map[string]bool // names that are re-picked even where satisfied

	can     *check // where it goes, with all its peers
	canSelf *check // the highest place where at least dep itself fits
	placed  *Node  // nil when nothing needed placing
	peers   []*placement
	// reconsider are nodes that lost something to the placement.
	reconsider []*Node
}

// place finds the place and makes the change. The error is a *ConflictError.
func (p *placement) place() error {
	if e := p.edge; e.to != nil && e.valid() && !p.explicit && !p.updates[e.dep.name] {
		return nil
	}
	p.search()
	if p.can == nil {
		if !p.b.options.Force && (p.mine() || p.b.options.StrictPeerDeps) {
			return p.fail()
		}
		if p.canSelf == nil {
			p.b.warnConflict(p.edge, p.dep)
			return nil
		}
		p.can = p.canSelf
	}
	verdict := p.can.all
	if verdict == verdictConflict {
		verdict = p.can.self
	}
	if verdict == verdictKeep {
		if p.edge.peer() && !p.edge.valid() {
			p.b.warnConflict(p.edge, p.dep)
		}
		p.b.dedupeBelow(p.can.target, p.explicit)
		return nil
	}
	return p.put(p.can.target)
}

// search climbs from the deepest possible place, and stops at the first
// conflict: what is further up is out of sight behind it.
func (p *placement) search() {
	for target := p.start(); target != nil; target = target.above() {
		if e := target.edge(p.edge.dep.key); e != nil && e.peer() && !target.isTopmost() {
			continue
		}
		var above *check
		if p.above != nil {
			above = p.above.can
		}
		c := newCheck(p.dep, target, p.edge, above, p.b.options.PreferDedupe, p.explicit, nil)
		if c.self != verdictConflict {
			p.canSelf = c
		}
		if c.all == verdictConflict {
			return
		}
		p.can = c
		if p.dep.failed() != nil || p.b.options.Strategy == Nested {
			return
		}
		if up := target.above(); p.b.options.Strategy == Shallow && up != nil && up.isRoot() {
			return
		}
	}
}

// start is the deepest place: where the dependent is, or above those that
// have dep as a peer.
func (p *placement) start() *Node {
	from := p.edge.from
	if p.above != nil {
		from = p.above.start()
	}
	return deepest(from, p.edge.dep.key)
}

func (p *placement) put(target *Node) error {
	if target.graph != p.b.tree {
		// An earlier peer of the set has displaced the dependent. Whatever
		// took its place is queued and will ask for itself.
		return nil
	}
	if loop := p.loop(target); loop != nil {
		p.placed = newLink(p.edge.dep.name, loop)
		p.b.tree.add(p.placed, target)
		return nil
	}
	set := p.dep.parent
	p.placed = p.copyOfDep()
	if old := target.children[p.edge.dep.key]; old != nil {
		p.replace(old)
	} else {
		p.b.tree.add(p.placed, target)
	}
	if p.edge.peer() && !p.edge.satisfiedBy(p.placed) {
		p.b.warnConflict(p.edge, p.dep)
	}
	if e := p.edge; e.valid() && e.to != nil && e.to != p.placed {
		p.b.dedupe(e.to, p.explicit)
	}
	p.dedupeShadowed(target)
	return p.placePeers(set)
}

// loop finds the same package among target and what is above it: nesting it
// again would go on for ever (a1 > b1 > a2 > b2 > a1 > …).
func (p *placement) loop(target *Node) *Node {
	for n := target; n != nil; n = n.above() {
		if !n.isTopmost() && n.matches(p.dep) {
			return n
		}
	}
	return nil
}

func (p *placement) copyOfDep() *Node {
	if p.dep.isLink() {
		link := newLink(p.dep.name, p.dep.target)
		link.rules = p.dep.rules
		return link
	}
	n := newNode(p.dep.name, p.dep.pkg, p.dep.pkg.plain)
	n.rules = p.dep.rules
	return n
}

// dedupeShadowed removes the nodes of the same name below target that the new
// one makes superfluous.
func (p *placement) dedupeShadowed(target *Node) {
	tree := p.b.tree
	for _, n := range slices.Clone(tree.named[p.placed.key]) {
		if n.name != p.placed.name || n.isTopmost() || n.graph != tree || !n.within(target) {
			continue
		}
		p.b.dedupe(n, p.explicit)
		if n.graph == tree {
			for _, kid := range n.kids() {
				if kid.graph == tree {
					p.b.dedupe(kid, p.explicit)
				}
			}
		}
	}
}

// placePeers places the peers that came with dep in its virtual root and that
// the tree does not provide. Peers that displace one another can go on for
// ever, and in npm do.
func (p *placement) placePeers(set *Node) error {
	if p.depth > maxRounds {
		p.b.unsettled = true
		return p.b.settled(p.top().edge.from)
	}
	for _, e := range p.placed.edgesOut {
		if !e.peer() || e.valid() || e.conflicted {
			continue
		}
		if set == nil {
			break // dep has been displaced from its virtual root
		}
		peer := set.children[e.dep.key]
		if peer == nil || !e.satisfiedBy(peer) {
			continue // optional, or taken against e's wish
		}
		child := &placement{b: p.b, dep: peer, edge: e, above: p, depth: p.depth + 1, explicit: p.explicit}
		if err := child.place(); err != nil {
			return err
		}
		p.peers = append(p.peers, child)
	}
	return nil
}

// top is the placement that brought p along.
func (p *placement) top() *placement {
	for p.above != nil {
		p = p.above
	}
	return p
}

// mine reports whether the placement is on behalf of the project itself, whose
// author can be asked to resolve a conflict.
func (p *placement) mine() bool {
	e := p.top().edge
	from := e.from
	if from.mine() {
		return true
	}
	if !e.peer() {
		return false
	}
	hasPeers := false
	for _, e := range from.edgesIn {
		if e.peer() {
			hasPeers = true
		} else if e.from.mine() {
			return true
		}
	}
	if !hasPeers {
		return false
	}
	return slices.ContainsFunc(peerEntries(from), func(entry peerEntry) bool { return entry.edge.from.mine() })
}

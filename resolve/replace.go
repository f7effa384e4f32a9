package resolve

import "slices"

// replace puts p.placed where old is, and removes what that leaves without a
// purpose: otherwise it would stand in the way of placements to come.
func (p *placement) replace(old *Node) {
	var orphans []*Node
	for _, e := range old.edgesOut {
		if e.to != nil && p.placed.edge(e.dep.key) == nil {
			to := e.to
			orphans = append(orphans, gather([]*Node{to}, func(e *Edge) bool { return e.to != to }).list...)
		}
	}
	broken := p.brokenPeerSets(old)
	p.b.tree.replace(old, p.placed)
	p.prune(orphans)
	for _, n := range broken {
		for _, e := range n.edgesIn {
			p.reconsider = append(p.reconsider, e.from)
		}
		p.b.tree.remove(n)
	}
}

// brokenPeerSets gathers the peer sets beside old that the replacement does
// not satisfy and that can be placed again deeper. Of the others the violation
// is accepted.
func (p *placement) brokenPeerSets(old *Node) []*Node {
	var broken []*Node
	for _, e := range old.edgesIn {
		if !e.peer() || e.conflicted || e.from.parent != old.parent || e.satisfiedBy(p.placed) {
			continue
		}
		for _, entry := range peerEntries(e.from) {
			node, from := entry.edge.to, entry.edge.from
			if from.mine() {
				p.b.warnConflict(e, p.dep)
				continue
			}
			set := gather([]*Node{node}, func(e *Edge) bool { return e.to != node && !e.conflicted })
			broken = append(broken, set.list...)
		}
	}
	return broken
}

// prune removes what only the replaced node needed, and what the new node
// does not accept as its dependency, where nobody else needs it either.
func (p *placement) prune(orphans []*Node) {
	junk := setOf()
	for _, e := range p.placed.edgesOut {
		if e.to != nil && !e.valid() {
			junk.add(e.to)
		}
	}
	for _, n := range orphans {
		set := gather([]*Node{n}, func(e *Edge) bool { return e.to != n && e.valid() })
		for _, m := range set.list {
			junk.add(m)
		}
	}
	set := gather(junk.list, func(e *Edge) bool {
		return e.from != p.placed && e.to != p.placed && e.valid()
	})
	for _, n := range set.list {
		p.b.tree.remove(n)
	}
}

// dedupe removes n, and what only n needs, if what is above serves as well.
func (b *builder) dedupe(n *Node, explicit bool) bool {
	if n.graph != b.tree || !n.canDedupe(b.options.PreferDedupe, explicit) {
		return false
	}
	set := gather([]*Node{n}, func(e *Edge) bool { return e.to != n && e.valid() })
	for _, m := range set.list {
		b.tree.remove(m)
	}
	return true
}

// dedupeBelow is dedupe for n and everything below it.
func (b *builder) dedupeBelow(n *Node, explicit bool) {
	if b.dedupe(n, explicit) {
		return
	}
	b.dedupeKids(n, explicit)
	for _, folder := range byLocation(slices.Clone(n.folders)) {
		b.dedupeKids(folder, explicit)
	}
}

func (b *builder) dedupeKids(n *Node, explicit bool) {
	for _, kid := range byLocation(n.kids()) {
		if kid.graph == b.tree {
			b.dedupeBelow(kid, explicit)
		}
	}
}

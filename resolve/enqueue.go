package resolve

import (
	"maps"
	"slices"
)

// enqueueProblems queues the nodes with a dependency that is not met, those
// that depend on a name to be updated, and the root. Like npm it does not look
// behind links, where an accepted violation may be, except for what is plainly
// missing.
func (b *builder) enqueueProblems() {
	reached := setOf(b.tree.root)
	b.enqueueReached(reached, func(e *Edge) bool { return e.to == nil || !e.valid() })
	for _, n := range b.tree.sorted() {
		if n.target != nil && reached.contains(n) {
			reached.add(n.target)
		}
	}
	b.enqueueReached(reached, func(e *Edge) bool { return e.to == nil && !e.dep.kind.optional() })
	b.queue.push(b.tree.root)
	for _, folder := range slices.Sorted(maps.Keys(b.options.Asked)) {
		if n := b.tree.tops[folder]; n != nil {
			b.queue.push(n)
		}
	}
}

// asked reports whether the user named the dependency to be installed.
func (b *builder) asked(e *Edge) bool {
	return e.from.isTop() && slices.Contains(b.options.Asked[e.from.path], e.dep.name)
}

// enqueueReached follows the edges of the reached nodes, and queues those that
// have a problem.
func (b *builder) enqueueReached(reached *nodeSet, problem func(*Edge) bool) {
	for i := 0; i < len(reached.list); i++ {
		for _, e := range reached.list[i].edgesOut {
			if e.to != nil {
				reached.add(e.to)
			}
			if problem(e) || e.to != nil && b.updates[e.to.name] && !e.to.inDependencyBundle() {
				b.queue.push(e.from)
			}
		}
	}
}

// enqueueLinks queues the targets of links placed so far; those outside the
// project are somebody else's to install.
func (b *builder) enqueueLinks() bool {
	any := false
	for _, link := range b.links {
		target := link.target
		if link.graph != b.tree || target.graph != b.tree || b.seen[target] || !target.within(b.tree.root) {
			continue
		}
		if link.rules != nil {
			// Nobody knows yet what the folder's dependencies depend on, so
			// that a rule for one of those is not to be seen.
			target.ruleArrived(link.rules)
		}
		b.queue.push(target)
		any = true
	}
	b.links = nil
	return any
}

package resolve

import "slices"

// Edge is one dependency of a node and what it resolves to.
type Edge struct {
	from, to *Node
	dep      *dep
	state    edgeState
	// conflicted marks a peer dependency whose violation has been accepted.
	conflicted bool
	rule       *ruleSet
	slotIn     int // in to.edgesIn
	slotNamed  int // in graph.edges
}

// edgeState caches what an edge's target is worth.
type edgeState uint8

const (
	edgeUnknown edgeState = iota
	edgeValid
	edgeMissing
	edgePeerLocal // a peer inside its dependent, where it is a peer of nobody
	edgeInvalid
)

// Name is the name depended on.
func (e *Edge) Name() string { return e.dep.name }

// Spec is the spec that counts, after overrides.
func (e *Edge) Spec() string { return e.want().raw }

// Kind is npm's word: prod, dev, optional, peer, peerOptional, workspace.
func (e *Edge) Kind() string { return e.dep.kind.String() }

// From is the depending node.
func (e *Edge) From() *Node { return e.from }

// To is what the name resolves to; nil when nothing does.
func (e *Edge) To() *Node { return e.to }

// Valid reports whether the dependency is met, or optional and absent.
func (e *Edge) Valid() bool { return e.valid() }

func (e *Edge) peer() bool { return e.dep.kind.peer() }

// want is what the target must be, after overrides.
func (e *Edge) want() *requirement {
	if e.rule != nil {
		if r := e.rule.replacement(e); r != nil {
			return r
		}
	}
	return e.dep.want
}

func (e *Edge) valid() bool {
	if e.state == edgeUnknown {
		e.state = e.judge()
	}
	return e.state == edgeValid
}

func (e *Edge) judge() edgeState {
	switch {
	case e.to == nil && e.dep.kind.optional():
		return edgeValid
	case e.to == nil:
		return edgeMissing
	case e.peer() && e.from == e.to.parent && !e.from.isTopmost():
		return edgePeerLocal
	case !e.satisfiedBy(e.to):
		return edgeInvalid
	case e.rule != nil && e.to.rules != nil && len(e.to.edgesOut) > 0 && e.rule.conflicts(e.to.rules):
		return edgeInvalid
	}
	return edgeValid
}

// satisfiedBy reports whether the edge would be content with node. What is
// bundled is beyond the reach of overrides.
func (e *Edge) satisfiedBy(node *Node) bool {
	if node.name != e.dep.name || e.from == nil {
		return false
	}
	if node.bundler(nil) == nil && !e.pinAllows(node) {
		return false
	}
	if e.rule == nil || e.rule.parent == nil || node.bundler(nil) != nil {
		return e.dep.want.satisfies(node, e.from)
	}
	return e.rule.satisfiedBy(e, node)
}

// reload looks up again what the edge resolves to.
func (e *Edge) reload() {
	e.updateRule()
	e.state = edgeUnknown
	var to *Node
	if e.from.graph != nil {
		to = e.from.lookup(e.dep.key)
	}
	if to != e.to {
		e.link(to)
	}
}

// link points the edge at a node or at nothing.
func (e *Edge) link(to *Node) {
	if old := e.to; old != nil {
		old.edgesIn = slices.Delete(old.edgesIn, e.slotIn, e.slotIn+1)
		for i := e.slotIn; i < len(old.edgesIn); i++ {
			old.edgesIn[i].slotIn = i
		}
		e.to = nil
		if e.rule != nil {
			old.ruleLeft(e.rule)
		}
	}
	e.to, e.state = to, edgeUnknown
	if to == nil {
		return
	}
	if e.rule != nil {
		to.ruleArrived(e.rule)
	}
	e.slotIn = len(to.edgesIn)
	to.edgesIn = append(to.edgesIn, e)
}

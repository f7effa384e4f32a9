package resolve

// flags say by which kinds of dependency a node is reached.
type flags uint8

const (
	flagDev flags = 1 << iota
	flagOptional
	flagDevOptional
	flagPeer
	flagExtraneous

	allFlags = flagDev | flagOptional | flagDevOptional | flagPeer | flagExtraneous
)

// Dev reports that only devDependencies lead to the node.
func (n *Node) Dev() bool { return n.flags&flagDev != 0 }

// Optional reports that only optional dependencies lead to the node.
func (n *Node) Optional() bool { return n.flags&flagOptional != 0 }

// DevOptional reports that dev and optional dependencies lead to the node,
// and nothing else: it goes when both are omitted.
func (n *Node) DevOptional() bool { return n.flags&flagDevOptional != 0 }

// Peer reports that only peer dependencies lead to the node.
func (n *Node) Peer() bool { return n.flags&flagPeer != 0 }

// Extraneous reports that nothing leads to the node.
func (n *Node) Extraneous() bool { return n.flags&flagExtraneous != 0 }

// calcFlags computes the flags of the whole tree. Every node begins with all
// of them and loses one when an edge without that property, from a node
// without the flag, leads to it.
func calcFlags(g *graph) {
	for _, nodes := range g.named {
		for _, n := range nodes {
			n.flags = allFlags
		}
	}
	g.root.flags = 0
	stack := []*Node{g.root}
	seen := make(map[*Node]bool, len(g.registered))
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		seen[n] = true
		if n.flags&flagExtraneous == 0 {
			for up := n.above(); up != nil && up.flags&flagExtraneous != 0; up = up.above() {
				up.flags &^= flagExtraneous
			}
		}
		if n.target != nil {
			if n.target.lose(n.target.flags&^n.flags) || !seen[n.target] {
				stack = append(stack, n.target)
			}
			continue
		}
		for _, e := range n.edgesOut {
			if e.to != nil && e.to.lose(lostBy(n.flags, e.dep.kind)) {
				stack = append(stack, e.to)
			}
		}
	}
	delete(seen, g.root)
	for n := range seen {
		if n.flags&(flagDev|flagOptional) != 0 {
			n.flags &^= flagDevOptional
		}
	}
}

// lostBy is what a node loses that an edge of a kind leads to from a node with
// the given flags. Dev and optional ways overlap in devOptional, which is
// therefore kept as long as either applies.
func lostBy(from flags, kind edgeKind) flags {
	var lost flags
	if from&flagExtraneous == 0 && kind != kindPeerOptional {
		lost |= flagExtraneous
	}
	if from&flagDev == 0 && kind != kindDev {
		lost |= flagDev
	}
	if from&flagOptional == 0 && !kind.optional() {
		lost |= flagOptional
	}
	if from&(flagDevOptional|flagDev|flagOptional) == 0 && kind != kindDev && !kind.optional() {
		lost |= flagDevOptional
	}
	if from&flagPeer == 0 && !kind.peer() {
		lost |= flagPeer
	}
	return lost
}

func (n *Node) lose(lost flags) bool {
	changed := n.flags&lost != 0
	n.flags &^= lost
	return changed
}

package resolve

import (
	"context"
	"fmt"
	"strings"
)

// Frozen is the tree that the lockfile holds of what the project asks for: what
// nothing asks for any more is left out of it, as by `npm ci`. The Index is not
// asked.
//
// Or else it lists, as sentences, what the project asks for and the lockfile
// does not hold: every dependency of the project, its workspaces and the locked
// packages that is missing or of another version, as after an override was added
// or taken away. An install that must follow the lockfile is to refuse then. What
// was forced into place with --force, a peer of another version, is no reason to
// refuse, nor is what somebody bundled.
func Frozen(ctx context.Context, r Request) (*Tree, []string, error) {
	b := newBuilder(&r)
	if err := b.loadRoot(); err != nil {
		return nil, nil, err
	}
	if err := b.loadLock(ctx); err != nil {
		return nil, nil, err
	}
	if problems := b.unmet(); len(problems) > 0 {
		return nil, problems, nil
	}
	calcFlags(b.tree)
	b.prune()
	return &Tree{Root: b.tree.root, graph: b.tree, source: b.source}, nil, nil
}

// unmet lists the problems of all that the root leads to.
func (b *builder) unmet() []string {
	var out []string
	if b.request.Lock != nil {
		out = b.unmetExtensions()
	}
	reached := setOf(b.tree.root)
	for i := 0; i < len(reached.list); i++ {
		n := reached.list[i]
		if n.target != nil {
			reached.add(n.target)
		}
		for _, e := range n.edgesOut {
			if e.to != nil {
				reached.add(e.to)
			}
			if problem := n.unmet(e); problem != "" {
				out = append(out, problem)
			}
		}
	}
	return out
}

// unmet says what is wrong with one edge of a locked tree; empty for nothing.
func (n *Node) unmet(e *Edge) string {
	who := "package.json"
	if !n.isRoot() {
		who = n.Location()
	}
	switch {
	case n.pkg.bundles(e.dep.name) && !n.mine():
		// Comes with the tarball, or the package goes without what it forgot to
		// bundle; npm does not list it for other platforms.
		return ""
	case e.to == nil && (e.dep.kind == kindPeerOptional || e.dep.kind == kindOptional && !n.mine()):
		return ""
	case e.to == nil && strings.HasPrefix(n.Location(), "../"):
		return "" // a folder outside sees to its own node_modules
	case e.to == nil:
		return fmt.Sprintf("missing: %s@%s, from %s", e.dep.name, e.Spec(), who)
	case !e.valid() && !e.peer() && (n.mine() || e.to.bundler(nil) == nil):
		return fmt.Sprintf("invalid: %s@%s does not satisfy %s, from %s", e.dep.name, e.to.Version(), e.Spec(), who)
	}
	return ""
}

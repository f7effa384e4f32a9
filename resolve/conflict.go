package resolve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
)

// DependencyError says that a package which cannot be done without could not
// be had. What the index or the picker said is wrapped, with its hints.
type DependencyError struct {
	// Chain leads from the root to the dependent: "root", "a@1.0.0".
	Chain []string
	Name  string
	Err   error
	// Asked are all who depend on it, the one at the end of Chain among them.
	Asked []Ask
	// Others could not be had either. Error leaves them out: mostly they have
	// the same cause.
	Others []*DependencyError
}

func (e *DependencyError) Error() string {
	return fmt.Sprintf("%s: %v", strings.Join(append(slices.Clone(e.Chain), e.Name), " > "), e.Err)
}

func (e *DependencyError) Unwrap() error { return e.Err }

// UnsupportedError says that nothing here can follow a spec.
type UnsupportedError struct{ Spec manifest.Spec }

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s: cannot install a %s dependency", e.Spec, e.Spec.Kind)
}

// Code is npm's.
func (e *UnsupportedError) Code() string { return "EUNSUPPORTEDPROTOCOL" }

// LocalPathError refuses a folder or file that is named from the root of the
// file system or from the home folder: a lockfile that holds such a place is
// good on one machine, and locations in it are relative to the project.
type LocalPathError struct{ Spec manifest.Spec }

func (e *LocalPathError) Error() string {
	return fmt.Sprintf("%s: a folder or file of this machine, not of the project", e.Spec)
}

// Hint says how to write it.
func (e *LocalPathError) Hint() string {
	return "write it relative to the folder of package.json, as in file:../lib"
}

// UnsettledError says that the placement did not come to an end: peer sets
// displace one another in turn.
type UnsettledError struct {
	// Chain leads to the package that was last at it.
	Chain []string
}

func (e *UnsettledError) Error() string {
	return "the peer dependencies around " + strings.Join(e.Chain, " > ") + " displace one another without end"
}

// Warning is something the user should hear of that did not stop the
// resolution.
type Warning struct {
	// Code is npm's: "ERESOLVE", "EBADENGINE", or "deprecated".
	Code string
	// Package is name@version, Location where it is in the tree; empty for a
	// conflict over a package that was not placed.
	Package, Location string
	Message           string
	// Conflict has the sides of an ERESOLVE.
	Conflict *ConflictError
}

// String is a line for people: "deprecated a@1.0.0: use b".
func (w Warning) String() string {
	if w.Code == "deprecated" {
		return w.Code + " " + w.Package + ": " + w.Message
	}
	return w.Code + ": " + w.Message
}

// chained adds to an error how its node got into the tree.
func (b *builder) chained(n *Node, err error) *DependencyError {
	if n.failed() == nil || len(n.edgesIn) == 0 {
		path := chain(n)
		return &DependencyError{Chain: path[:len(path)-1], Name: n.pkg.id(), Err: err}
	}
	e := n.edgesIn[0]
	asked := make([]Ask, len(n.edgesIn))
	for i, in := range n.edgesIn {
		asked[i] = askOf(in)
	}
	return &DependencyError{Chain: asked[0].Chain, Name: e.dep.name + "@" + e.Spec(), Err: err, Asked: asked}
}

// chain is the shortest way from the root to a node, as name@version; that of
// a node in a virtual root goes by what the virtual root stands for.
func chain(n *Node) []string {
	var ids []string
	next := map[*Node]*Node{n: nil}
	for level := []*Node{n}; len(level) > 0; {
		var above []*Node
		for _, m := range level {
			if m.source != nil {
				above = climb(next, above, m, m.source)
				continue
			}
			if m.graph != nil && m.isRoot() {
				for at := m; at != nil; at = next[at] {
					if at.source == nil && (at.target == nil || at.target != next[at]) {
						ids = append(ids, at.label())
					}
				}
				return ids
			}
			for _, e := range m.edgesIn {
				above = climb(next, above, m, e.from)
			}
			for _, link := range m.links {
				above = climb(next, above, m, link)
			}
		}
		level = above
	}
	return []string{n.label()}
}

func climb(next map[*Node]*Node, level []*Node, from, to *Node) []*Node {
	if _, ok := next[to]; ok {
		return level
	}
	next[to] = from
	return append(level, to)
}

// label names a node in messages.
func (n *Node) label() string {
	if id := n.resolvedPkg().id(); id != "" {
		return id
	}
	if n.Location() == "" {
		return "root"
	}
	return n.Location()
}

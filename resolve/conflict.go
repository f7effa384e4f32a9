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

// Side is one party of a peer conflict: a package, and who asked for it.
type Side struct {
	Name, Version string // Version is empty when no package was found
	// Spec is what was asked for and Kind how: "prod", "peer"…
	Spec, Kind string
	// By is who asked, name@version, and Chain how that got into the tree, the
	// root first and By last.
	By    string
	Chain []string
}

func (s Side) String() string {
	text := s.Name
	if s.Version != "" {
		text += "@" + s.Version
	}
	if s.By == "" {
		return text
	}
	return fmt.Sprintf("%s (%s %q from %s)", text, s.Kind, s.Spec, strings.Join(s.Chain, " > "))
}

// ConflictError is npm's ERESOLVE: peer dependencies that cannot all be met.
// It is an error where the project itself asked for both sides, and otherwise
// a warning.
type ConflictError struct {
	Name string
	// Found is what is in the tree, or is asked for with precedence; Wanted
	// is what does not go with it.
	Found, Wanted Side
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("ERESOLVE: conflicting versions of %s\n  found:  %s\n  wanted: %s", e.Name, e.Found, e.Wanted)
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

// sideOf describes an edge with the node that is to satisfy it.
func sideOf(e *Edge, n *Node) Side {
	s := Side{Name: e.dep.name, Spec: e.Spec(), Kind: e.Kind()}
	if n != nil {
		s.Version = n.Version()
	}
	s.Chain = chain(e.from)
	s.By = s.Chain[len(s.Chain)-1]
	return s
}

// sideOfNode describes a node by the dependent that holds it in its place.
func sideOfNode(n *Node) Side {
	for _, e := range n.edgesIn {
		if e.valid() {
			return sideOf(e, n)
		}
	}
	return Side{Name: n.PackageName(), Version: n.Version()}
}

// peerConflict reports that within one virtual root e cannot have what wish,
// or what is there already, demands.
func (b *builder) peerConflict(e, wish *Edge) error {
	err := &ConflictError{Name: e.dep.name, Wanted: sideOf(e, nil)}
	current := e.from.lookup(e.dep.key)
	switch {
	case wish != nil:
		err.Found = sideOf(wish, current)
	case current != nil:
		err.Found = sideOfNode(current)
	}
	return err
}

// fail reports that p.dep, for which there is no place, is necessary.
func (p *placement) fail() error {
	top := p
	for top.above != nil {
		top = top.above
	}
	if top.canSelf != nil {
		if peer := top.canSelf.conflictingPeer(); peer != nil {
			return &ConflictError{Name: peer.edge.dep.name, Found: sideOfNode(peer.current), Wanted: sideOf(peer.edge, peer.dep)}
		}
	}
	return conflictOver(p.edge, p.dep)
}

func conflictOver(e *Edge, dep *Node) *ConflictError {
	err := &ConflictError{Name: e.dep.name, Wanted: sideOf(e, dep)}
	if current := e.from.lookup(e.dep.key); current != nil {
		err.Found = sideOfNode(current)
	}
	return err
}

// warnConflict accepts that e will not have its way.
func (b *builder) warnConflict(e *Edge, dep *Node) {
	e.conflicted = true
	conflict := conflictOver(e, dep)
	b.warnings = append(b.warnings, Warning{Code: "ERESOLVE", Package: e.from.pkg.id(), Location: e.from.Location(),
		Message: "overriding peer dependency: " + conflict.Found.String() + " instead of " + conflict.Wanted.String(), Conflict: conflict})
}

// chained adds to an error how its node got into the tree.
func (b *builder) chained(n *Node, err error) error {
	if n.failed() == nil || len(n.edgesIn) == 0 {
		path := chain(n)
		return &DependencyError{Chain: path[:len(path)-1], Name: n.pkg.id(), Err: err}
	}
	e := n.edgesIn[0]
	return &DependencyError{Chain: chain(e.from), Name: e.dep.name + "@" + e.Spec(), Err: err}
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
					if at.source == nil {
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

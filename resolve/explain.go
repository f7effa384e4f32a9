package resolve

import (
	"fmt"
	"strings"
)

// ConflictError is npm's ERESOLVE: peer dependencies that cannot all be met.
// It is an error where the project itself asked for both sides, and otherwise
// a warning.
type ConflictError struct {
	Name string `json:"name"`
	// Resolving is the package, name@version, whose dependencies were being
	// seen to; empty when the tree as a whole was.
	Resolving string `json:"resolving,omitempty"`
	// Found is what is in the tree, or is asked for with precedence.
	Found Found `json:"found"`
	// Wanted is who asks for what does not go with it.
	Wanted Ask `json:"wanted"`
	// Peer is what Wanted would get; its version is empty when that was not
	// looked for.
	Peer Found `json:"peer"`
	// Strict says that strict-peer-deps makes an error of it.
	Strict bool `json:"strict,omitempty"`
}

// Found is a package of a conflict, and who put it where it is.
type Found struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"` // empty when only asked for
	// Location is where it is in the tree, empty for one that is not placed.
	Location string `json:"location,omitempty"`
	// Asked lists the first dependents that hold it there, More counts others.
	Asked []Ask `json:"asked,omitempty"`
	More  int   `json:"more,omitempty"`
}

// Ask is a dependency: what is asked for, and by whom.
type Ask struct {
	Name string `json:"name"`
	// Spec is what was asked for and Kind how: "prod", "peer"…; Overridden is
	// what package.json has where an override put Spec in its place.
	Spec       string `json:"spec"`
	Kind       string `json:"kind"`
	Overridden string `json:"overridden,omitempty"`
	// By is who asks, name@version, and Chain how that got into the tree, the
	// root first and By last.
	By    string   `json:"by"`
	Chain []string `json:"chain"`
}

// maxAsked bounds the dependents that are listed of one package.
const maxAsked = 4

func (e *ConflictError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ERESOLVE: conflicting versions of %s", e.Name)
	line := func(label, text string) { fmt.Fprintf(&b, "\n  %-17s%s", label, text) }
	if e.Resolving != "" {
		line("while resolving:", e.Resolving)
	}
	line("found:", e.Found.String())
	for _, ask := range e.Found.Asked {
		line("", ask.String())
	}
	if e.Found.More > 0 {
		line("", fmt.Sprintf("and %d more", e.Found.More))
	}
	line("wanted:", e.Wanted.String())
	if e.Peer.Version != "" {
		line("that would be:", e.Peer.String())
	}
	return b.String()
}

// String is the package with its place, without who asked for it.
func (f Found) String() string {
	text := f.Name
	if f.Version != "" {
		text += "@" + f.Version
	}
	if f.Location != "" {
		text += " in " + f.Location
	}
	return text
}

// String is the wish with the way to it: peer a@"^1.0.0" from root > b@2.0.0.
func (a Ask) String() string {
	text := fmt.Sprintf("%s@%q", a.Name, a.Spec)
	if a.Kind != kindProd.String() {
		text = a.Kind + " " + text
	}
	if a.Overridden != "" {
		text += fmt.Sprintf(" (overridden, was %q)", a.Overridden)
	}
	return text + " from " + strings.Join(a.Chain, " > ")
}

func askOf(e *Edge) Ask {
	a := Ask{Name: e.dep.name, Spec: e.Spec(), Kind: e.Kind(), Chain: chain(e.from)}
	a.By = a.Chain[len(a.Chain)-1]
	if raw := e.dep.want.raw; raw != a.Spec {
		a.Overridden = raw
	}
	return a
}

// foundOf describes a node by the dependents that are content with it, and the
// project whether it is or not.
func foundOf(n *Node) Found {
	f := Found{Name: n.PackageName(), Version: n.Version()}
	if n.graph != nil && !n.graph.virtual {
		f.Location = n.Location()
	}
	for _, e := range n.edgesIn {
		switch {
		case !e.valid() && !e.from.isRoot():
		case len(f.Asked) == maxAsked:
			f.More++
		default:
			f.Asked = append(f.Asked, askOf(e))
		}
	}
	return f
}

// resolving names the node for which a peer set is tried out.
func resolving(n *Node) string {
	if n == nil || n.graph == nil || !n.graph.virtual {
		return ""
	}
	return n.graph.root.source.label()
}

// conflictOver describes why e, whose wish would be dep, cannot have it.
func (b *builder) conflictOver(e *Edge, dep *Node) *ConflictError {
	err := &ConflictError{Name: e.dep.name, Wanted: askOf(e), Strict: b.options.StrictPeerDeps}
	if dep != nil {
		err.Resolving = resolving(dep)
		err.Peer = Found{Name: dep.PackageName(), Version: dep.Version()}
	}
	if err.Resolving == "" {
		err.Resolving = resolving(e.from)
	}
	if current := e.from.lookup(e.dep.key); current != nil {
		err.Found = foundOf(current)
	}
	return err
}

// peerConflict reports that within one virtual root e cannot have what wish,
// or what is there already, demands.
func (b *builder) peerConflict(e, wish *Edge) error {
	err := b.conflictOver(e, nil)
	if err.Found.Name == "" && wish != nil {
		err.Found = Found{Name: wish.dep.name, Asked: []Ask{askOf(wish)}}
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
			err := p.b.conflictOver(peer.edge, peer.dep)
			err.Found = foundOf(peer.current)
			return err
		}
	}
	return p.b.conflictOver(p.edge, p.dep)
}

// warnConflict accepts that e will not have its way.
func (b *builder) warnConflict(e *Edge, dep *Node) {
	e.conflicted = true
	conflict := b.conflictOver(e, dep)
	text := "overriding peer dependency: " + conflict.Wanted.String()
	if conflict.Found.Name != "" {
		text += " gets " + conflict.Found.String()
		if len(conflict.Found.Asked) > 0 {
			text += ", " + conflict.Found.Asked[0].String()
		}
	}
	b.warnings = append(b.warnings, Warning{Code: "ERESOLVE", Package: e.from.pkg.id(), Location: e.from.Location(),
		Message: text, Conflict: conflict})
}

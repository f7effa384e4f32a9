package explain

import (
	"slices"

	"github.com/ipnpm/ipnpm/tree"
)

// Node is a package with who asks for it. Of the project there is only the
// Location, which is its folder.
type Node struct {
	Name        string  `json:"name,omitempty"`
	Version     string  `json:"version,omitempty"`
	Location    string  `json:"location,omitempty"`
	IsWorkspace *bool   `json:"isWorkspace,omitempty"`
	Dependents  []*Edge `json:"dependents,omitzero"`
	LinksIn     []*Node `json:"linksIn,omitempty"`

	// Flags are those of the package that was asked about.
	*Flags
}

// Flags say by which kinds of dependencies a package is reached.
type Flags struct {
	Extraneous  bool  `json:"extraneous,omitempty"`
	Dev         *bool `json:"dev,omitempty"`
	Optional    *bool `json:"optional,omitempty"`
	DevOptional *bool `json:"devOptional,omitempty"`
	Peer        *bool `json:"peer,omitempty"`
	Bundled     *bool `json:"bundled,omitempty"`
	Overridden  *bool `json:"overridden,omitempty"`
}

// Edge is a wish for the package.
type Edge struct {
	Type string `json:"type"`
	Name string `json:"name"`
	// Spec is what is asked for, and RawSpec what package.json says where an
	// override put Spec in its place.
	Spec       string       `json:"spec"`
	RawSpec    string       `json:"rawSpec,omitempty"`
	Overridden bool         `json:"overridden,omitempty"`
	Bundled    bool         `json:"bundled,omitempty"`
	Error      tree.Problem `json:"error,omitempty"`
	From       *Node        `json:"from"`
	Extension  *Extension   `json:"packageExtensions,omitempty"`
}

// Extension is the rule of packageExtensions that a wish is due to.
type Extension struct {
	Selector string `json:"selector"`
	Field    string `json:"field"`
}

// Nodes explains some nodes of a graph.
func Nodes(g *tree.Graph, nodes []*tree.Node) []*Node {
	x := &explainer{g: g, nodes: map[*tree.Node]*Node{}, edges: map[*tree.Edge]*Edge{}}
	out := make([]*Node, len(nodes))
	for i, n := range nodes {
		asked := *x.node(n, nil)
		asked.Flags = flagsOf(n)
		out[i] = &asked
	}
	return out
}

func flagsOf(n *tree.Node) *Flags {
	if n.Extraneous {
		return &Flags{Extraneous: true}
	}
	return &Flags{Dev: &n.Dev, Optional: &n.Optional, DevOptional: &n.DevOptional, Peer: &n.Peer,
		Bundled: &n.InBundle, Overridden: &n.Overridden}
}

// explainer keeps what has been explained.
type explainer struct {
	g     *tree.Graph
	nodes map[*tree.Node]*Node
	edges map[*tree.Edge]*Edge
}

// node explains a node on the way from those that are being explained.
func (x *explainer) node(n *tree.Node, seen []*tree.Node) *Node {
	if why := x.nodes[n]; why != nil {
		return why
	}
	why := x.explain(n, seen)
	x.nodes[n] = why
	return why
}

func (x *explainer) explain(n *tree.Node, seen []*tree.Node) *Node {
	if n.IsRoot() {
		return &Node{Location: n.Path}
	}
	why := &Node{Name: n.Name, Version: n.Version}
	if n.IsTop() {
		why.Name = n.PackageName
	}
	if slices.Contains(seen, n) {
		return why
	}
	why.Location, why.IsWorkspace = n.Location, &n.Workspace
	why.Dependents = []*Edge{}
	seen = append(seen[:len(seen):len(seen)], n)
	for _, e := range n.In {
		if Asks(e) {
			why.Dependents = append(why.Dependents, x.edge(e, seen))
		}
	}
	for _, link := range n.Links {
		why.LinksIn = append(why.LinksIn, x.explain(link, seen))
	}
	return why
}

// Asks says that a dependency is a reason for what it leads to: a wish that is
// not met is not why a package is there, but the project's own is.
func Asks(e *tree.Edge) bool { return e.Problem == "" || e.From.IsRoot() }

func (x *explainer) edge(e *tree.Edge, seen []*tree.Node) *Edge {
	if why := x.edges[e]; why != nil {
		return why
	}
	why := &Edge{Type: e.Kind, Name: e.Name, Spec: e.Spec, Bundled: e.Bundled, Error: e.Problem, Extension: extensionOf(e)}
	if e.Raw != e.Spec {
		why.RawSpec, why.Overridden = e.Raw, true
	}
	why.From = x.node(e.From, seen)
	x.edges[e] = why
	return why
}

// extensionOf is the rule that a dependency is due to, nil for none.
func extensionOf(e *tree.Edge) *Extension {
	did := e.From.Package.Extended
	if did == nil {
		return nil
	}
	for _, field := range [...]string{"dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta"} {
		if slices.Contains(did.Fields[field], e.Name) {
			return &Extension{Selector: did.Selector, Field: field}
		}
	}
	return nil
}

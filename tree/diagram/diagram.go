package diagram

import (
	"strings"
	"unicode"

	"github.com/ipnpm/ipnpm/tree"
)

// Diagram is what is drawn. Nodes keep their order where nothing else decides.
type Diagram struct {
	// Title is what it is about, as a rule the project.
	Title string
	Nodes []Node
	Edges []Edge
}

// Node is a box.
type Node struct {
	// Label is written in it, and Note told to whoever points at it.
	Label, Note string
	Kind        Kind
}

// Kind is how a box looks.
type Kind string

// The kinds of boxes.
const (
	Package   Kind = "package"
	Project   Kind = "project"
	Workspace Kind = "workspace"
	// Named is what the user asked about.
	Named Kind = "named"
	// Wrong is what is missing, or not what somebody asks for.
	Wrong Kind = "wrong"
)

// Edge is an arrow between nodes, which are named by their place in Nodes.
type Edge struct {
	From, To int
	// Kind is that of the dependency, in [tree.Edge]'s words; Note is told to
	// whoever points at it. Wrong: it is not met.
	Kind, Note string
	Wrong      bool
}

// builder numbers nodes as they come.
type builder struct {
	Diagram
	nodes map[any]int // of a *tree.Node, or the ID of what is missing
	edges map[[2]int]bool
}

func newBuilder(g *tree.Node) *builder {
	return &builder{Diagram: Diagram{Title: legible(titleOf(g))}, nodes: map[any]int{}, edges: map[[2]int]bool{}}
}

// titleOf is a node's name, of a project without one its folder.
func titleOf(n *tree.Node) string {
	if n.IsRoot() && n.PackageName == "" {
		return n.Path
	}
	return strings.TrimSuffix(n.ID(), "@")
}

// add numbers a node of the tree; a link is what it leads to.
func (b *builder) add(n *tree.Node, kind Kind) int {
	key := n
	n = n.Real()
	switch {
	case kind != Package:
	case n.IsRoot():
		kind = Project
	case key.Workspace || n.Workspace:
		kind = Workspace
	}
	return b.box(n, Node{Label: legible(titleOf(n)), Note: legible(n.Location), Kind: kind})
}

// box numbers what has a key, and lets it look as the most telling kind does
// that it is added with.
func (b *builder) box(key any, n Node) int {
	i, ok := b.nodes[key]
	if !ok {
		i = len(b.Nodes)
		b.nodes[key] = i
		b.Nodes = append(b.Nodes, n)
	} else if b.Nodes[i].Kind == Package || n.Kind == Wrong {
		b.Nodes[i].Kind = n.Kind
	}
	return i
}

// arrow draws a dependency, of several between the same two the first.
func (b *builder) arrow(from, to int, e *tree.Edge) {
	if at := [2]int{from, to}; !b.edges[at] {
		b.edges[at] = true
		b.Edges = append(b.Edges, Edge{From: from, To: to, Kind: e.Kind, Note: noteOn(e), Wrong: isWrong(e)})
	}
}

// noteOn is a dependency in words; a workspace is asked for by its folder, which is
// another on each machine.
func noteOn(e *tree.Edge) string {
	if e.Kind == "workspace" {
		return legible(e.Kind + " " + e.Name)
	}
	return legible(e.Kind + " " + e.Name + "@" + e.Spec)
}

// isWrong says that a dependency is not met, though it has to be.
func isWrong(e *tree.Edge) bool { return e.Problem != "" || e.To == nil && !e.IsOptional() }

// legible is a text without what is no sign, on one line.
func legible(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == 0xfffe || r == 0xffff {
			return unicode.ReplacementChar
		}
		return r // of broken UTF-8 the replacement already
	}, text)
	return strings.TrimSpace(text)
}

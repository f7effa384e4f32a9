package diagram

import (
	"fmt"
	"strings"
)

// DOT is the diagram in the language of Graphviz.
func (d *Diagram) DOT() string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n", quoted(d.Title))
	b.WriteString("  rankdir=LR;\n")
	b.WriteString("  node [shape=box, style=rounded, fontname=monospace, fontsize=12];\n")
	for i, n := range d.Nodes {
		fmt.Fprintf(&b, "  n%d [label=%s%s%s];\n", i, quoted(n.Label), attribute("tooltip", n.Note), boxStyle(n.Kind))
	}
	for _, e := range d.Edges {
		fmt.Fprintf(&b, "  n%d -> n%d [tooltip=%s%s];\n", e.From, e.To, quoted(e.Note), arrowStyle(e))
	}
	b.WriteString("}\n")
	return b.String()
}

func attribute(key, value string) string {
	if value == "" {
		return ""
	}
	return ", " + key + "=" + quoted(value)
}

// quoted is a text as a string of DOT, which knows one escape; in labels
// Graphviz itself knows more, which begin with a backslash, and the entities of HTML.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`).Replace(text) + `"`
}

func boxStyle(kind Kind) string {
	switch kind {
	case Project:
		return `, style="rounded,bold"`
	case Workspace:
		return `, color="#0550ae"`
	case Named:
		return `, style="rounded,filled", fillcolor="#fff3b8"`
	case Wrong:
		return `, style="rounded,dashed", color="#cf222e", fontcolor="#cf222e"`
	case Package:
	}
	return ""
}

func arrowStyle(e Edge) string {
	if e.Wrong {
		return `, color="#cf222e", style=dashed`
	}
	switch e.Kind {
	case "dev":
		return `, color="#0550ae"`
	case "workspace":
		return `, color="#0550ae", style=bold`
	case "peer":
		return `, color="#8250df", style=dashed`
	case "optional", "peerOptional":
		return `, color="#8250df", style=dotted`
	}
	return ""
}

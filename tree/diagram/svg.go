package diagram

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

const style = `
  text { font: 12px ui-monospace, Menlo, Consolas, monospace; fill: #1f2328 }
  rect { fill: #fff; stroke: #656d76; rx: 4px }
  path { fill: none; stroke: #8c959f; marker-end: url(#to) }
  marker path { fill: context-stroke; stroke: none; marker-end: none }
  .back { marker-end: none; marker-start: url(#from) }
  .project rect { stroke: #1f2328; stroke-width: 2 }
  .workspace rect, path.dev, path.workspace { stroke: #0550ae }
  path.workspace { stroke-width: 2 }
  path.peer { stroke: #8250df; stroke-dasharray: 5 3 }
  path.optional, path.peerOptional { stroke: #8250df; stroke-dasharray: 2 3 }
  .named rect { fill: #fff3b8 }
  .wrong rect, path.wrong { stroke: #cf222e; stroke-dasharray: 5 3 }
  .wrong text { fill: #cf222e }
  g.box:hover rect { stroke-width: 3 }
  path:hover { stroke-width: 3 }
`

const markers = `  <defs>
    <marker id="to" viewBox="0 0 8 8" refX="8" refY="4" markerUnits="userSpaceOnUse" markerWidth="8" markerHeight="8" orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker>
    <marker id="from" viewBox="0 0 8 8" refX="0" refY="4" markerUnits="userSpaceOnUse" markerWidth="8" markerHeight="8" orient="auto"><path d="M8,0 L0,4 L8,8 z"/></marker>
  </defs>
`

// SVG is the diagram as a picture that stands by itself.
func (d *Diagram) SVG() string {
	p := place(d)
	legend := d.legend()
	width := max(p.right, margin+float64(len(legend))*legendStep)
	height := p.foot
	if len(legend) > 0 {
		height += boxHeight
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0[1]f %.0[2]f">`+"\n", width, height)
	fmt.Fprintf(&b, "  <title>%s</title>\n  <style>%s  </style>\n%s", escaped(d.Title), style, markers)
	fmt.Fprintf(&b, `  <rect width="100%%" height="100%%" style="stroke: none"/>`+"\n")
	for _, w := range p.ways {
		d.writeArrow(&b, d.Edges[w.edge], p.path(d, w), w.back)
	}
	for _, e := range d.Edges {
		if e.From == e.To {
			d.writeArrow(&b, e, p.loop(d, e.From), false)
		}
	}
	for i, n := range d.Nodes {
		p.writeBox(&b, i, n)
	}
	writeLegend(&b, legend, p.foot)
	b.WriteString("</svg>\n")
	return b.String()
}

func (d *Diagram) writeArrow(b *strings.Builder, e Edge, path string, back bool) {
	class := e.Kind
	if e.Wrong {
		class = "wrong"
	}
	if back {
		class += " back"
	}
	note := d.Nodes[e.From].Label + " → " + d.Nodes[e.To].Label + " (" + e.Note + ")"
	fmt.Fprintf(b, "  <path class=%q d=%q><title>%s</title></path>\n", class, path, escaped(note))
}

// path leads an arrow through its places: curves between columns, level within.
func (p *placed) path(d *Diagram, w way) string {
	first := w.places[0]
	x := p.left[p.column[first]] + boxWidth(d.Nodes[first].Label)
	text := fmt.Sprintf("M%.0f,%.0f", x, p.y[first])
	if rest := p.left[p.column[first]] + p.width[p.column[first]]; rest > x {
		text, x = text+fmt.Sprintf(" H%.0f", rest), rest
	}
	from := p.y[first]
	for _, to := range w.places[1:] {
		left, y := p.left[p.column[to]], p.y[to]
		middle := (x + left) / 2
		text += fmt.Sprintf(" C%.0f,%.0f %.0f,%.0f %.0f,%.0f", middle, from, middle, y, left, y)
		if x, from = left, y; to >= p.boxes {
			x += p.width[p.column[to]]
			text += fmt.Sprintf(" H%.0f", x)
		}
	}
	return text
}

// loop leads from a box over its corner to itself.
func (p *placed) loop(d *Diagram, box int) string {
	x, y := p.left[p.column[box]]+boxWidth(d.Nodes[box].Label), p.y[box]
	return fmt.Sprintf("M%.0f,%.0f C%.0f,%.0f %.0f,%.0f %.0f,%.0f", x, y+5, x+18, y+5, x+18, y-5, x, y-5)
}

func (p *placed) writeBox(b *strings.Builder, i int, n Node) {
	x, y := p.left[p.column[i]], p.y[i]
	fmt.Fprintf(b, "  <g class=\"box %s\"><title>%s</title>", n.Kind, escaped(strings.TrimSpace(n.Label+" "+n.Note)))
	fmt.Fprintf(b, `<rect x="%.0f" y="%.0f" width="%.0f" height="%.0f"/>`, x, y-boxHeight/2, boxWidth(n.Label), boxHeight)
	fmt.Fprintf(b, "<text x=\"%.0f\" y=\"%.0f\">%s</text></g>\n", x+8, y+4, escaped(shortened(n.Label)))
}

const legendStep = 130.0

// legend are the kinds of arrows that need a word: none where all are alike.
func (d *Diagram) legend() []Edge {
	var kinds []Edge
	for _, kind := range [...]string{"workspace", "prod", "dev", "optional", "peer", "peerOptional"} {
		if slices.ContainsFunc(d.Edges, func(e Edge) bool { return e.Kind == kind && !e.Wrong }) {
			kinds = append(kinds, Edge{Kind: kind})
		}
	}
	if slices.ContainsFunc(d.Edges, func(e Edge) bool { return e.Wrong }) {
		kinds = append(kinds, Edge{Kind: "wrong"})
	}
	if len(kinds) == 1 && kinds[0].Kind == "prod" {
		return nil
	}
	return kinds
}

func writeLegend(b *strings.Builder, kinds []Edge, y float64) {
	for i, e := range kinds {
		x := margin + float64(i)*legendStep
		fmt.Fprintf(b, "  <path class=%q d=\"M%.0f,%.0f H%.0f\"/>", e.Kind, x, y, x+26)
		fmt.Fprintf(b, "<text x=\"%.0f\" y=\"%.0f\">%s</text>\n", x+32, y+4, e.Kind)
	}
}

// escaped is a text within XML.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
	return b.String()
}

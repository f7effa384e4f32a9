package cmd

import "strings"

// drawn is a tree to be drawn: a label of one or more lines, and what is below.
type drawn struct {
	label string
	below []*drawn
}

// draw draws a tree as npm does, with lines of Unicode or of ASCII.
func (d *drawn) draw(unicode bool) string {
	var b strings.Builder
	d.write(&b, "", strokes(unicode))
	return b.String()
}

// strokes are the pieces that lines are made of: down, the last corner, a
// branch, to the right, and to the right with something below.
func strokes(unicode bool) [5]string {
	if unicode {
		return [5]string{"│", "└", "├", "─", "┬"}
	}
	return [5]string{"|", "`", "+", "-", "-"}
}

func (d *drawn) write(b *strings.Builder, indent string, with [5]string) {
	first, more, found := strings.Cut(d.label, "\n")
	b.WriteString(first + "\n")
	if found {
		bar := " "
		if len(d.below) > 0 {
			bar = with[0]
		}
		for line := range strings.SplitSeq(more, "\n") {
			b.WriteString(indent + bar + " " + line + "\n")
		}
	}
	for i, child := range d.below {
		corner, under := with[2], with[0]+" "
		if i == len(d.below)-1 {
			corner, under = with[1], "  "
		}
		fork := with[3]
		if len(child.below) > 0 {
			fork = with[4]
		}
		b.WriteString(indent + corner + with[3] + fork + " ")
		child.write(b, indent+under, with)
	}
}

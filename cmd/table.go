package cmd

import (
	"strings"
	"unicode/utf8"
)

// cell is one field of a table: its text and colour. Numbers and versions are
// set to the right.
type cell struct {
	text  string
	color color
	right bool
}

// table lays rows out in columns, two blanks apart, without blanks at the end.
func (a *app) table(rows [][]cell) string {
	var widths []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(c.text))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line, gap := "", ""
		for i, c := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c.text))
			text := c.text
			if c.color != "" {
				text = a.paintOut(c.color, text)
			}
			if c.right {
				line += gap + pad + text
				gap = "  "
				continue
			}
			line += gap + text
			gap = pad + "  "
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

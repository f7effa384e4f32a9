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

// widthsOf are the widths of a table's columns.
func widthsOf(rows [][]cell) []int {
	var widths []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(c.text))
		}
	}
	return widths
}

// narrowed is a table without the last columns that a terminal has no room for,
// but with the first ones, which say what it is about. A width of 0 has room for all.
func narrowed(rows [][]cell, width, first int) [][]cell {
	widths, taken, fit := widthsOf(rows), -2, first
	for i, column := range widths {
		if taken += 2 + column; taken <= width || width == 0 {
			fit = max(first, i+1)
		}
	}
	out := make([][]cell, len(rows))
	for i, row := range rows {
		out[i] = row[:min(fit, len(row))]
	}
	return out
}

// table lays rows out in columns, two blanks apart, without blanks at the end.
func (a *app) table(rows [][]cell) string {
	widths := widthsOf(rows)
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

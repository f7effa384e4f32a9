package cmd

import (
	"strings"
	"unicode/utf8"

	"github.com/ipnpm/ipnpm/docs"
	"github.com/ipnpm/ipnpm/internal/lateregexp"
)

// helpWidth is how wide a page is where the terminal is not narrower.
const helpWidth = 80

var (
	pageLink  = lateregexp.New(`\[([^]]+)\]\([^)]+\)`)
	pageTable = lateregexp.New(`^\|[-:| ]+\|$`)
)

// plainPage is a topic without the marks of Markdown but backquotes.
func (a *app) plainPage(t docs.Topic) string {
	p := &plainText{width: helpWidth, heading: func(text string) string { return a.paintOut(bold, text) }}
	if width := a.columns(a.OutTTY); width > 0 {
		p.width = min(p.width, width)
	}
	p.out = []string{p.heading(t.Title), ""}
	for line := range strings.SplitSeq(strings.TrimRight(t.Text, "\n"), "\n") {
		p.line(line)
	}
	p.flush()
	return strings.Join(p.out, "\n") + "\n"
}

// plainText is a page as far as it was read.
type plainText struct {
	width   int
	heading func(string) string
	out     []string
	code    bool     // within a fence
	rows    [][]cell // the table that is being read
	para    string   // the paragraph that is being read
}

func (p *plainText) line(line string) {
	heading, isHeading := strings.CutPrefix(line, "## ")
	switch {
	case strings.HasPrefix(line, "```"):
		p.flush()
		p.code = !p.code
	case p.code:
		p.out = append(p.out, strings.TrimRight("  "+line, " "))
	case isHeading:
		p.out = append(p.out, p.heading(heading))
	case strings.HasPrefix(line, "|"):
		if !pageTable.MatchString(line) {
			p.rows = append(p.rows, tableRow(plainLine(line)))
		}
	case line == "":
		p.flush()
		p.out = append(p.out, "")
	default:
		if strings.HasPrefix(line, "- ") {
			p.flush()
		}
		if p.para += " " + strings.TrimSpace(plainLine(line)); strings.HasSuffix(line, "  ") {
			p.flush()
			p.para = "  " // what follows is the item's
		}
	}
}

// flush writes the table or the paragraph that has ended.
func (p *plainText) flush() {
	p.out = append(p.out, plainRows(p.rows, p.width)...)
	if text := strings.TrimPrefix(p.para, " "); strings.TrimSpace(text) != "" {
		hang := ""
		if strings.HasPrefix(text, "- ") {
			hang = "  "
		}
		p.out = append(p.out, filledLine(text, p.width, hang)...)
	}
	p.rows, p.para = nil, ""
}

// plainLine leaves a link's words and what is bold.
func plainLine(line string) string {
	return strings.ReplaceAll(pageLink.ReplaceAllString(line, "$1"), "**", "")
}

func tableRow(line string) []cell {
	var cells []cell
	for text := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
		cells = append(cells, cell{text: strings.TrimSpace(text)})
	}
	return cells
}

// plainRows lays a table out in columns. What does not fit goes on below the second
// one, or where that is far to the right, below the first.
func plainRows(rows [][]cell, width int) []string {
	widths := widthsOf(rows)
	var out []string
	for _, row := range rows {
		line, before := "", "  "
		if widths[0] < width/2 {
			before = strings.Repeat(" ", widths[0]+len("  "))
		}
		for i, c := range row {
			line += "  " + c.text + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c.text))
		}
		out = append(out, filledLine(strings.TrimRight(line, " "), width, before)...)
	}
	return out
}

package cmd

import "strings"

// fitOut breaks the lines of a text for Out, where that is a terminal.
func (a *app) fitOut(text string) string { return wrapped(text, a.columns(a.OutTTY)) }

// fitErr is fitOut for Err.
func (a *app) fitErr(text string) string { return wrapped(text, a.columns(a.ErrTTY)) }

// columns is how wide a stream's terminal is; 0 where it is none.
func (a *app) columns(tty bool) int {
	if !tty || a.Width == nil {
		return 0
	}
	return a.Width()
}

// wrapped breaks lines between words where a terminal would break them anywhere.
// What goes on is set in by two more than its line; a command in backquotes stays
// whole, to be copied.
func wrapped(text string, width int) string {
	if width <= 0 {
		return text
	}
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		out = append(out, wrappedLine(line, width)...)
	}
	return strings.Join(out, "\n")
}

func wrappedLine(line string, width int) []string { return filledLine(line, width, "  ") }

// filledLine is wrappedLine with what comes before all that goes on, after the
// indentation of the line.
func filledLine(line string, width int, before string) []string {
	if columnsOf(line) <= width {
		return []string{line}
	}
	body := strings.TrimLeft(line, " ")
	indent := line[:len(line)-len(body)]
	var out []string
	for _, word := range unbroken(body) {
		last := len(out) - 1
		switch {
		case last < 0:
			out = append(out, indent+word)
		case columnsOf(out[last])+1+columnsOf(word) > width:
			out = append(out, indent+before+word)
		default:
			out[last] += " " + word
		}
	}
	return out
}

// unbroken are the words of a text; what stands in backquotes is one.
func unbroken(text string) []string {
	var words []string
	open := false
	for word := range strings.SplitSeq(text, " ") {
		if open {
			words[len(words)-1] += " " + word
		} else {
			words = append(words, word)
		}
		if strings.Count(word, "`")%2 == 1 {
			open = !open
		}
	}
	return words
}

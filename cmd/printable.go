package cmd

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable makes a text fit for a terminal. Names, deprecations, script
// texts, errors that quote a server: much of what is printed was written by
// strangers, and what a terminal obeys instead of showing (escape sequences,
// carriage returns, the marks that turn the direction of writing) could hide
// a line or make up another. Line breaks and tabs stay, all else that is not
// to be seen is written as an escape.
func printable(text string) string {
	if !strings.ContainsFunc(text, isObeyed) && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for rest := text; rest != ""; {
		r, n := utf8.DecodeRuneInString(rest)
		switch {
		case r == utf8.RuneError && n == 1, r < 0x80 && isObeyed(r):
			fmt.Fprintf(&b, `\x%02x`, rest[0])
		case isObeyed(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(rest[:n])
		}
		rest = rest[n:]
	}
	return b.String()
}

// isObeyed says that a character is a command rather than a sign.
func isObeyed(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) ||
		r == '\u2028' || r == '\u2029'
}

// printableLine is printable for what must not take more than its own line.
func printableLine(text string) string {
	return strings.Join(strings.Fields(printable(text)), " ")
}

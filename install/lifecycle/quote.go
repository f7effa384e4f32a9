package lifecycle

import (
	"path/filepath"
	"strings"
)

// QuoteSh quotes one argument for a POSIX shell. What needs no quotes gets
// none.
func QuoteSh(arg string) string {
	if arg == "" {
		return "''"
	}
	if !strings.ContainsAny(arg, "\t\n\r \"#$&'()*;<>?\\`|~[]{}!^=%") {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

// QuoteCmd quotes one argument for cmd.exe: first as the C runtime splits
// command lines, then with carets against cmd's own signs. It is right for
// programs; a .cmd file parses its arguments once more.
func QuoteCmd(arg string) string {
	quoted := arg
	if arg == "" || strings.ContainsAny(arg, " \t\n\v\"") {
		quoted = quoteC(arg)
	}
	var b strings.Builder
	for _, c := range quoted {
		if strings.ContainsRune(` !%^&()<>|"`, c) {
			b.WriteByte('^')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// quoteC encloses an argument in quotes by the rules of Microsoft's C runtime:
// backslashes are doubled only before a quote.
func quoteC(arg string) string {
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for _, c := range arg {
		switch c {
		case '\\':
			slashes++
		case '"':
			b.WriteString(strings.Repeat(`\`, slashes+1))
			slashes = 0
		default:
			slashes = 0
		}
		b.WriteRune(c)
	}
	b.WriteString(strings.Repeat(`\`, slashes))
	b.WriteByte('"')
	return b.String()
}

// isCmd says that a shell is Windows' cmd.exe.
func isCmd(shell string) bool {
	base := strings.ToLower(filepath.Base(strings.ReplaceAll(shell, `\`, "/")))
	return base == "cmd" || base == "cmd.exe"
}

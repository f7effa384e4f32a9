package cmd

import "testing"

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "",
		"plain, ünïcode ✓ 日本":       "plain, ünïcode ✓ 日本",
		"two\n\tlines":              "two\n\tlines",
		"\x1b[2J\x1b]0;title\x07":   `\x1b[2J\x1b]0;title\x07`,
		"good\rbad":                 `good\x0dbad`,
		"del\x7f":                   `del\x7f`,
		"c1 \u009b2J":               `c1 \u009b2J`,
		"raw c1 \x9b2J":             `raw c1 \x9b2J`,
		"rtl \u202egpj.exe\u2066":   `rtl \u202egpj.exe\u2066`,
		"separator\u2028":           `separator\u2028`,
		"the replacement \uFFFD is": "the replacement \uFFFD is",
	} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q) = %q, want %q", text, got, want)
		}
	}
	if got := printableLine("curl |\n\nsh\x1b"); got != `curl | sh\x1b` {
		t.Errorf("printableLine = %q", got)
	}
}

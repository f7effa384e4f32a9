package cmd

import "testing"

func TestWrapped(t *testing.T) {
	for _, test := range [...]struct {
		text  string
		width int
		want  string
	}{
		{"short", 10, "short"},
		{"one two three", 8, "one two\n  three"},
		{"  a list of\n  things that are long", 14, "  a list of\n  things that\n    are long"},
		{"run `ipnpm bundle create` there", 14, "run\n  `ipnpm bundle create`\n  there"},
		{"unbreakableword x", 5, "unbreakableword\n  x"},
		{"an odd ` stays together", 8, "an odd\n  ` stays together"},
		{"\x1b[31mred\x1b[0m and so on", 10, "\x1b[31mred\x1b[0m and so\n  on"},
		{"no terminal no break", 0, "no terminal no break"},
	} {
		if got := wrapped(test.text, test.width); got != test.want {
			t.Errorf("%q in %d: %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

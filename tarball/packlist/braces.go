package packlist

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ipnpm/ipnpm/internal/lateregexp"
)

// maxBraces bounds the alternatives that a pattern may expand to, and
// maxPattern its length in bytes.
const (
	maxBraces  = 10_000
	maxPattern = 8 << 10
)

// PatternError refuses a glob that is too large to be meant well.
type PatternError struct {
	// Pattern is the beginning of it.
	Pattern string
	Msg     string
}

func (e *PatternError) Error() string {
	return fmt.Sprintf("pattern %.60q %s", e.Pattern, e.Msg)
}

// hasBraces is minimatch's test of whether there is anything to expand, and
// number and letter are the two kinds of sequences.
var (
	hasBraces = lateregexp.New(`\{[^{]*\}`)
	numbers   = lateregexp.New(`^-?\d+\.\.-?\d+(?:\.\.-?\d+)?$`)
	letters   = lateregexp.New(`^[a-zA-Z]\.\.[a-zA-Z](?:\.\.-?\d+)?$`)
	padded    = lateregexp.New(`^-?0\d`)
	lateBrace = lateregexp.New(`,[^,]*\}|,,.*\}`)
)

// hide takes away what a backslash protects while braces are looked for, and
// show brings it back. NUL cannot be in a file's name.
func hide(text string) string {
	return strings.NewReplacer(`\\`, "\x00\\", `\{`, "\x00(", `\}`, "\x00)", `\,`, "\x00;", `\.`, "\x00:").Replace(text)
}

func show(text string) string {
	return strings.NewReplacer("\x00\\", `\`, "\x00(", "{", "\x00)", "}", "\x00;", ",", "\x00:", ".").Replace(text)
}

// expandBraces writes a{b,c} out as ab and ac, as Bash and brace-expansion do,
// each result once.
func expandBraces(pattern string) ([]string, error) {
	if len(pattern) > maxPattern {
		return nil, &PatternError{pattern, "is too long"}
	}
	if !hasBraces.MatchString(pattern) {
		return []string{pattern}, nil
	}
	if rest, ok := strings.CutPrefix(pattern, "{}"); ok {
		pattern = `\{\}` + rest
	}
	e := expander{left: maxBraces}
	list := e.expand(hide(pattern), true)
	if e.left < 0 {
		return nil, &PatternError{pattern, "stands for too many"}
	}
	seen := make(map[string]bool, len(list))
	out := list[:0]
	for _, text := range list {
		if text = show(text); !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out, nil
}

// expander expands one pattern; left is how many results it may still make.
type expander struct{ left int }

func (e *expander) expand(text string, top bool) []string {
	if e.left -= 1; e.left < 0 {
		return nil
	}
	pre, body, post, ok := balanced(text)
	switch {
	case !ok:
		return []string{text}
	case strings.HasSuffix(pre, "$"): // a shell's variable
		return e.join(pre+"{"+body+"}", []string{""}, e.expand(post, false))
	}
	sequence := numbers.MatchString(body) || letters.MatchString(body)
	if !sequence && !strings.Contains(body, ",") {
		if lateBrace.MatchString(post) { // {a},b}
			return e.expand(pre+"{"+body+"\x00)"+post, true)
		}
		return []string{text}
	}
	after := []string{""}
	if post != "" {
		after = e.expand(post, false)
	}
	var middle []string
	if sequence {
		middle = e.sequence(body)
	} else {
		middle = e.alternatives(body)
	}
	list := e.join(pre, middle, after)
	if !top || sequence {
		return list
	}
	kept := list[:0]
	for _, text := range list { // Bash drops what is empty
		if text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}

func (e *expander) alternatives(body string) []string {
	parts := splitCommas(body)
	if len(parts) == 1 { // x{{a,b}}y is x{a}y x{b}y
		inner := e.expand(parts[0], false)
		for i := range inner {
			inner[i] = "{" + inner[i] + "}"
		}
		return inner
	}
	var list []string
	for _, part := range parts {
		list = append(list, e.expand(part, false)...)
	}
	return list
}

func (e *expander) join(pre string, middle, after []string) []string {
	if e.left -= len(middle) * len(after); e.left < 0 {
		return nil
	}
	list := make([]string, 0, len(middle)*len(after))
	for _, m := range middle {
		for _, a := range after {
			list = append(list, pre+m+a)
		}
	}
	return list
}

// sequence writes out 1..5, 05..1..2 or a..e.
func (e *expander) sequence(body string) []string {
	parts := strings.Split(body, "..")
	isNumber := numbers.MatchString(body)
	value := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil && !isNumber {
			n = int(s[0])
		}
		return n
	}
	from, to, step := value(parts[0]), value(parts[1]), 1
	if len(parts) == 3 {
		n, _ := strconv.Atoi(parts[2])
		step = max(n, -n, 1)
	}
	count := max(to-from, from-to)/step + 1
	if count < 0 || count > e.left {
		e.left = -1
		return nil
	}
	if to < from {
		step = -step
	}
	width := 0
	for _, p := range parts {
		if padded.MatchString(p) {
			width = max(len(parts[0]), len(parts[1]))
		}
	}
	list := make([]string, count)
	for i := range list {
		n := from + i*step
		switch {
		case isNumber:
			list[i] = fmt.Sprintf("%0*d", width, n)
		case n != '\\':
			list[i] = string(rune(n))
		}
	}
	return list
}

// balanced finds the first pair of braces that belong together.
func balanced(text string) (pre, body, post string, ok bool) {
	start := -1
	for i := 0; i < len(text) && start < 0; i++ {
		if text[i] != '{' {
			continue
		}
		if end := closing(text, i); end >= 0 {
			return text[:i], text[i+1 : end], text[end+1:], true
		}
	}
	return "", "", "", false
}

// closing is where the brace that is opened at i is closed, -1 if it is not.
func closing(text string, i int) int {
	depth := 0
	for at := i; at < len(text); at++ {
		switch text[at] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return at
			}
		}
	}
	return -1
}

// splitCommas splits at the commas outside of inner braces.
func splitCommas(body string) []string {
	pre, inner, post, ok := balanced(body)
	if !ok {
		return strings.Split(body, ",")
	}
	parts := strings.Split(pre, ",")
	parts[len(parts)-1] += "{" + inner + "}"
	if post == "" {
		return parts
	}
	rest := splitCommas(post)
	parts[len(parts)-1] += rest[0]
	return append(parts, rest[1:]...)
}

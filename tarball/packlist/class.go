package packlist

import (
	"strings"
	"unicode"
)

// class is a bracket expression.
type class struct {
	negated bool
	ranges  [][2]rune
	tables  []func(rune) bool
}

func (c class) match(m *matching, at int, then func(int) bool) bool {
	if at >= len(m.name) {
		return false
	}
	r := m.name[at]
	in := c.has(r) || m.fold && (c.has(unicode.ToUpper(r)) || c.has(unicode.ToLower(r)))
	return in != c.negated && then(at+1)
}

func (c class) has(r rune) bool {
	for _, span := range c.ranges {
		if span[0] <= r && r <= span[1] {
			return true
		}
	}
	for _, in := range c.tables {
		if in(r) {
			return true
		}
	}
	return false
}

// posix are the named classes of POSIX as minimatch understands them.
func posix(name string) func(rune) bool {
	in := func(tables ...*unicode.RangeTable) func(rune) bool {
		return func(r rune) bool { return unicode.In(r, tables...) }
	}
	not := func(f func(rune) bool) func(rune) bool {
		return func(r rune) bool { return !f(r) }
	}
	between := func(text string) func(rune) bool {
		return func(r rune) bool { return strings.ContainsRune(text, r) }
	}
	switch name {
	case "alnum":
		return in(unicode.L, unicode.Nl, unicode.Nd)
	case "alpha":
		return in(unicode.L, unicode.Nl)
	case "ascii":
		return func(r rune) bool { return r <= 0x7f }
	case "blank":
		return func(r rune) bool { return r == '\t' || unicode.Is(unicode.Zs, r) }
	case "cntrl":
		return in(unicode.Cc)
	case "digit":
		return in(unicode.Nd)
	case "graph":
		return not(in(unicode.Z, unicode.C))
	case "lower":
		return in(unicode.Ll)
	case "print":
		return not(in(unicode.C))
	case "punct":
		return in(unicode.P)
	case "space":
		return func(r rune) bool { return unicode.Is(unicode.Z, r) || r >= '\t' && r <= '\r' }
	case "upper":
		return in(unicode.Lu)
	case "word":
		return in(unicode.L, unicode.Nl, unicode.Nd, unicode.Pc)
	case "xdigit":
		return between("0123456789abcdefABCDEF")
	}
	return nil
}

// parseClass reads a bracket expression after its "[", and returns how many
// runes it took, with the "]"; 0 says that it is none, as it is not closed.
func parseClass(text []rune) (part, int) {
	var c class
	i := 0
	if i < len(text) && (text[i] == '!' || text[i] == '^') {
		c.negated = true
		i++
	}
	first := i
	var from rune // of a range that waits for its end
	ranged := false
	for ; i < len(text); i++ {
		r, escaped := text[i], false
		switch {
		case r == ']' && i > first:
			return c.reduced(), i + 1
		case r == '\\' && i+1 < len(text):
			i++
			r, escaped = text[i], true
		}
		if named, n := namedClass(text[i:]); n > 0 && !escaped {
			if ranged {
				return nothing{}, len(text) // [a-[:alpha:]] poisons the rest
			}
			c.tables = append(c.tables, named)
			i += n - 1
			continue
		}
		switch {
		case ranged:
			if r >= from {
				c.ranges = append(c.ranges, [2]rune{from, r})
			}
			ranged = false
		case hasAt(text, i+1, "-]"):
			c.ranges = append(c.ranges, [2]rune{r, r}, [2]rune{'-', '-'})
			i++
		case hasAt(text, i+1, "-"):
			from, ranged = r, true
			i++
		default:
			c.ranges = append(c.ranges, [2]rune{r, r})
		}
	}
	return nil, 0
}

// reduced is a literal for a class of one character, which is how some escape
// one, and nothing for an empty one.
func (c class) reduced() part {
	switch {
	case len(c.ranges)+len(c.tables) == 0:
		return nothing{}
	case len(c.ranges) == 1 && len(c.tables) == 0 && !c.negated && c.ranges[0][0] == c.ranges[0][1]:
		return literal(c.ranges[0][0])
	}
	return c
}

func hasAt(text []rune, i int, want string) bool {
	for _, r := range want {
		if i >= len(text) || text[i] != r {
			return false
		}
		i++
	}
	return true
}

// namedClass reads [:name:].
func namedClass(text []rune) (func(rune) bool, int) {
	if !hasAt(text, 0, "[:") {
		return nil, 0
	}
	for end := 2; end < len(text) && end < 10; end++ {
		if hasAt(text, end, ":]") {
			if in := posix(string(text[2:end])); in != nil {
				return in, end + 2
			}
			return nil, 0
		}
	}
	return nil, 0
}

package npmrange

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// generator makes versions and ranges, most of them well formed, out of few
// and small numbers so that ranges and versions meet; then it damages some.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator {
	return generator{rand.New(rand.NewPCG(seed, 0x697066))}
}

func (g generator) pick(choices ...string) string { return choices[g.IntN(len(choices))] }

func (g generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g generator) number() string {
	switch g.IntN(60) {
	case 0:
		return g.pick("9007199254740990", "9007199254740991", "9007199254740992", "10000000000000000")
	case 1:
		return g.pick("999999999999999999999", "1000000000000000000000", "12345678901234567890", "99999999999999999999999")
	case 2:
		return g.pick("00", "01", "007", "10", "99")
	case 3, 4, 5:
		return strconv.Itoa(g.IntN(40))
	}
	return strconv.Itoa(g.IntN(4))
}

func (g generator) identifier() string {
	switch g.IntN(12) {
	case 0:
		return g.pick("9007199254740991", "9007199254740993", "99999999999999999999", "99999999999999999998",
			"18446744073709551616", "099999999999999999", "01", "00", "-", "--", "-1", "x", "v", "0a", "1-2")
	case 1, 2, 3, 4:
		return strconv.Itoa(g.IntN(3))
	case 5:
		return g.pick("A", "Z", "a", "rc1", "beta2", "next-2")
	}
	return g.pick("alpha", "beta", "rc", "pre", "0")
}

func (g generator) identifiers() string {
	ids := g.identifier()
	for g.chance(40) {
		ids += "." + g.identifier()
	}
	return ids
}

// suffix is a prerelease and a build, or nothing.
func (g generator) suffix() (s string) {
	if g.chance(35) {
		s = g.pick("-", "-", "-", "-", "-", "-", "", "--", ".") + g.identifiers()
	}
	if g.chance(8) {
		s += "+" + g.identifiers()
	}
	return s
}

func (g generator) version() string {
	s := g.number() + "." + g.number() + "." + g.number() + g.suffix()
	if g.chance(4) {
		s = g.pick("v", "=", "=v", " ", "v ", "vv", "V", "v=", "\t", "\u00a0") + s
	}
	return g.damaged(s, 4)
}

// partial is a version in a range: parts may be wildcards or missing.
func (g generator) partial() string {
	part := func() string {
		if g.chance(10) {
			return g.pick("x", "X", "*")
		}
		return g.number()
	}
	s := part()
	if g.chance(85) {
		s += "." + part()
		if g.chance(85) {
			s += "." + part() + g.suffix()
		}
	}
	if g.chance(5) {
		s = g.pick("v", "=", "v=", "=v", "vv", "v ", "= ") + s
	}
	return s
}

func (g generator) comparator() string {
	op := g.pick("", "", "^", "^", "~", ">", ">=", "<", "<=", "=", "~>")
	if g.chance(8) {
		op += g.pick(" ", "  ", "\t", "=", ">", "*", "~", "^", " v", "= ")
	}
	return op + g.partial()
}

func (g generator) alternative() string {
	switch g.IntN(14) {
	case 0:
		return g.partial() + g.pick(" - ", " - ", " - ", " -  ", "  - ", "- ", " -", "\t-\n") + g.partial()
	case 1:
		return g.pick("", "*", "x", ">=0", ">=0.0.0", ">=0.0.0-0", "<0.0.0-0", "<0.0.0", ">*", "<x", "latest", "~", "^", "<=*", "=*", "=x", "foo bar")
	case 2:
		lo, hi := g.partial(), g.partial()
		return g.pick(">", ">=") + lo + g.pick(" ", " ", ", ", "  ", " && ") + g.pick("<", "<=") + hi
	}
	s := g.comparator()
	for g.chance(25) {
		s += g.pick(" ", " ", " ", "  ", "", ",", " foo ") + g.comparator()
	}
	return s
}

func (g generator) rangeText() string {
	s := g.alternative()
	for g.chance(25) {
		s += g.pick("||", " || ", " || ", "|| ", "|", "|||") + g.alternative()
	}
	return g.damaged(s, 12)
}

// damaged changes a few characters in so many per cent of all texts.
func (g generator) damaged(s string, percent int) string {
	if !g.chance(percent) {
		return s
	}
	for range 1 + g.IntN(3) {
		i := g.IntN(len(s) + 1)
		for i > 0 && i < len(s) && s[i] >= 0x80 {
			i--
		}
		switch noise := g.noise(); {
		case i == len(s) || g.chance(50):
			s = s[:i] + noise + s[i:]
		case s[i] < 0x80 && g.chance(50):
			s = s[:i] + s[i+1:]
		case s[i] < 0x80:
			s = s[:i] + noise + s[i+1:]
		}
	}
	return s
}

func (g generator) noise() string {
	if g.chance(3) {
		return g.pick("\u00a0", "\ufeff", "\u2003", "\u0085", "\u180e", "é", "😀", "\n", "\v", "\x00")
	}
	if g.chance(1) {
		return strings.Repeat(g.pick("1", "0", "a", " ", "1.", "-", "x"), 100+g.IntN(170))
	}
	const letters = " <>=~^|x*X-+.v0123ab9,"
	i := g.IntN(len(letters))
	return letters[i : i+1]
}

// near is a version at or next to one that occurs in the text of a range.
func (g generator) near(text string) string {
	fields := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" <>=~^|v\t+,", r) })
	if len(fields) == 0 {
		return g.version()
	}
	p, pre, _ := strings.Cut(fields[g.IntN(len(fields))], "-")
	parts := strings.Split(p, ".")
	for len(parts) < 3 {
		parts = append(parts, "0")
	}
	parts = parts[:3]
	for i, part := range parts {
		if n, err := strconv.ParseUint(part, 10, 64); err != nil {
			parts[i] = g.number()
		} else if g.chance(25) {
			parts[i] = strconv.FormatUint(n+1-min(n, uint64(2*g.IntN(2))), 10)
		}
	}
	v := strings.Join(parts, ".")
	switch g.IntN(6) {
	case 0, 1:
		return v
	case 2, 3:
		if pre != "" {
			return v + "-" + pre
		}
	}
	return v + g.suffix()
}

// coercible is prose with something like a version in it, short enough that
// node-semver's expression does not stop within an identifier.
func (g generator) coercible() string {
	s := g.pick("", "v", "node ", "a1b", "1.2.3.4.", "x", "12345678901234567", "version ", ".", "-", "é") + g.partial()
	if g.chance(40) {
		s += g.pick("", " ", ".", "-", "+", " or ", "x", "😀") + g.version()
	}
	s = g.damaged(s, 30)
	if len(s) > maxIdentifier {
		return s[:strings.LastIndexAny(s[:maxIdentifier], "0123456789")+1]
	}
	return s
}

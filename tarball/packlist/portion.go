package packlist

import (
	"strings"
	"unicode"
)

// A portion is what stands between two slashes of a pattern, as a sequence of
// parts.
type portion struct {
	parts []part
	// text is the portion's own when it has no magic; it is compared as a
	// whole then.
	text  string
	plain bool
}

// part matches a piece of a name.
type part interface {
	// match calls then with every place where a match of the part that begins
	// at the place at can end, until then is satisfied.
	match(m *matching, at int, then func(int) bool) bool
}

// matching is one name under test. steps bounds the work: a pattern may be
// made so that its matching never ends.
type matching struct {
	name   []rune
	fold   bool
	budget *int
}

// maxSteps is what one test of a pattern may cost; real ones take a few dozen.
const maxSteps = 200_000

func (m *matching) step() bool {
	*m.budget--
	return *m.budget > 0
}

func (m *matching) seq(parts []part, at int, then func(int) bool) bool {
	if !m.step() {
		return false
	}
	if len(parts) == 0 {
		return then(at)
	}
	return parts[0].match(m, at, func(end int) bool { return m.seq(parts[1:], end, then) })
}

type literal rune

func (l literal) match(m *matching, at int, then func(int) bool) bool {
	return at < len(m.name) && same(m.name[at], rune(l), m.fold) && then(at+1)
}

func same(a, b rune, fold bool) bool {
	return a == b || fold && unicode.ToUpper(a) == unicode.ToUpper(b)
}

// anyOne is "?".
type anyOne struct{}

func (anyOne) match(m *matching, at int, then func(int) bool) bool {
	return at < len(m.name) && then(at+1)
}

// star is "*"; least is 1 where it is all of the portion.
type star struct{ least int }

func (s star) match(m *matching, at int, then func(int) bool) bool {
	for end := at + s.least; end <= len(m.name); end++ {
		if !m.step() {
			return false
		}
		if then(end) {
			return true
		}
	}
	return false
}

// nothing is a class that no character is in.
type nothing struct{}

func (nothing) match(*matching, int, func(int) bool) bool { return false }

// group is an extended glob: kind(alternative|…).
type group struct {
	kind         byte // one of ! ? + * @
	alternatives [][]part
}

func (g group) match(m *matching, at int, then func(int) bool) bool {
	switch g.kind {
	case '!':
		return g.not(m, at, then)
	case '@':
		return g.once(m, at, then)
	case '?':
		return g.once(m, at, then) || then(at)
	case '*':
		return then(at) || g.repeat(m, at, then)
	}
	return g.repeat(m, at, then)
}

func (g group) once(m *matching, at int, then func(int) bool) bool {
	for _, alternative := range g.alternatives {
		if m.seq(alternative, at, then) {
			return true
		}
	}
	return false
}

func (g group) repeat(m *matching, at int, then func(int) bool) bool {
	return g.once(m, at, func(end int) bool {
		return then(end) || end > at && m.step() && g.repeat(m, end, then)
	})
}

// not matches anything after which the rest matches, provided that with none
// of the alternatives in its place it would.
func (g group) not(m *matching, at int, then func(int) bool) bool {
	if len(g.alternatives) == 1 && len(g.alternatives[0]) == 0 {
		return star{1}.match(m, at, then)
	}
	if g.once(m, at, then) || *m.budget <= 0 {
		return false
	}
	return star{0}.match(m, at, then)
}

// parsePortion reads one portion.
func parsePortion(text string) portion {
	p := portionParser{rest: []rune(text), extended: true}
	parts, _ := p.sequence("")
	if len(parts) == 1 {
		if _, ok := parts[0].(star); ok {
			parts[0] = star{1}
		}
	}
	out := portion{parts: parts, plain: !p.magic}
	if out.plain {
		var b strings.Builder
		for _, l := range parts {
			b.WriteRune(rune(l.(literal)))
		}
		out.text = b.String()
	}
	return out
}

type portionParser struct {
	rest []rune
	// extended is off once a bracket or a group was opened and not closed.
	extended bool
	magic    bool
	depth    int
}

// maxGroups is how deep groups may be nested; beyond they are plain text.
const maxGroups = 2

// sequence reads up to one of the stop characters, which it does not consume.
func (p *portionParser) sequence(stop string) (parts []part, stopped bool) {
	for len(p.rest) > 0 {
		c := p.rest[0]
		if strings.ContainsRune(stop, c) {
			return parts, true
		}
		if p.extended && len(p.rest) > 1 && p.rest[1] == '(' && strings.ContainsRune("!?+*@", c) && p.depth <= maxGroups {
			if g, ok := p.group(); ok {
				parts = append(parts, g)
				continue
			}
		}
		next := p.one()
		if _, again := next.(star); again && len(parts) > 0 && parts[len(parts)-1] == next {
			continue
		}
		parts = append(parts, next)
	}
	return parts, false
}

// one reads a part that is no group.
func (p *portionParser) one() part {
	c := p.rest[0]
	p.rest = p.rest[1:]
	switch {
	case c == '*':
		p.magic = true
		return star{}
	case c == '?':
		p.magic = true
		return anyOne{}
	case c == '\\' && len(p.rest) > 0:
		c = p.rest[0]
		p.rest = p.rest[1:]
	case c == '[':
		if set, n := parseClass(p.rest); n > 0 {
			p.rest = p.rest[n:]
			if _, ok := set.(literal); !ok {
				p.magic = true
			}
			return set
		}
		p.extended = false
	}
	return literal(c)
}

// group reads kind(a|b). When its end is missing nothing is consumed, and
// what follows has no groups.
func (p *portionParser) group() (group, bool) {
	before, magic := p.rest, p.magic
	g := group{kind: byte(p.rest[0])}
	p.rest = p.rest[2:]
	p.depth++
	defer func() { p.depth-- }()
	for {
		alternative, stopped := p.sequence("|)")
		if !stopped {
			p.rest, p.magic, p.extended = before, magic, false
			return group{}, false
		}
		g.alternatives = append(g.alternatives, alternative)
		end := p.rest[0] == ')'
		p.rest = p.rest[1:]
		if end {
			p.magic = true
			return g, true
		}
	}
}

// match tests a whole name.
func (p portion) match(name string, fold bool, budget *int) bool {
	if p.plain {
		return name == p.text || fold && strings.EqualFold(name, p.text)
	}
	m := &matching{name: []rune(name), fold: fold, budget: budget}
	return m.seq(p.parts, 0, func(end int) bool { return end == len(m.name) })
}

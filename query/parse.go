package query

import (
	"fmt"
	"slices"
	"strings"
)

// Query is a parsed selector list.
type Query struct{ selectors []selector }

// selector is the parts between two commas.
type selector []part

type partKind uint8

const (
	partAny partKind = iota
	partName
	partDepType
	partAttribute
	partPseudo
	partCombinator
)

// part is one simple selector or a combinator.
type part struct {
	kind partKind
	// text is the name, the kind of dependency, the pseudo's name, or the
	// combinator (' ', '>', '~').
	text string
	// of a pseudo
	nested  *Query      // :is, :not, :has
	raw     string      // :type, :path, :outdated
	keys    []string    // :attr and :semver, what leads to the attribute; "" is each element of a list
	matcher *attribute  // [x=y], and that of :attr and :semver
	semver  *semverTest // :semver
	vulns   []vulnTest  // :vuln
}

// Error is npm's code with what is wrong.
type Error struct {
	code, text string
}

func (e *Error) Error() string { return e.text }

// Code is npm's: EQUERYNOPSEUDO, EQUERYATTR …
func (e *Error) Code() string { return e.code }

// Hint says where the language is described.
func (e *Error) Hint() string {
	return "`ipnpm query --help` lists the selectors; quote the whole query for the shell"
}

func fail(code, format string, args ...any) error {
	return &Error{code: code, text: fmt.Sprintf(format, args...)}
}

// A query from a command line is no longer than this, in bytes, and no deeper.
const (
	maxQuery = 64 << 10
	maxDepth = 64
)

// Parse reads a query. The error is an *[Error]. An empty text finds nothing.
func Parse(text string) (*Query, error) {
	if len(text) > maxQuery {
		return nil, fail("EQUERYSYNTAX", "the query is longer than %d bytes", maxQuery)
	}
	if strings.TrimSpace(text) == "" {
		return &Query{}, nil
	}
	p := &parser{text: text}
	return p.list()
}

type parser struct {
	text  string
	pos   int
	depth int
}

// list reads selectors up to the end, or to the bracket that closes a pseudo.
func (p *parser) list() (*Query, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fail("EQUERYSYNTAX", "the query is nested deeper than %d levels", maxDepth)
	}
	defer func() { p.depth-- }()
	q := &Query{}
	for {
		s, err := p.selector()
		if err != nil {
			return nil, err
		}
		q.selectors = append(q.selectors, s)
		if p.peek() != ',' {
			return q, p.atEnd()
		}
		p.pos++
	}
}

// atEnd refuses a bracket too many at the end of the query itself.
func (p *parser) atEnd() error {
	if p.peek() == ')' && p.depth == 1 {
		return p.unexpected()
	}
	return nil
}

// peek is the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *parser) unexpected() error {
	if p.pos >= len(p.text) {
		return fail("EQUERYSYNTAX", "the query ends too early: %s", p.text)
	}
	return fail("EQUERYSYNTAX", "unexpected %q at character %d of the query %s", p.text[p.pos], p.pos+1, p.text)
}

func (p *parser) space() bool {
	from := p.pos
	for strings.IndexByte(" \t\r\n\f", p.peek()) >= 0 && p.peek() != 0 {
		p.pos++
	}
	return p.pos > from
}

// selector reads parts up to a comma, a closing bracket or the end.
func (p *parser) selector() (selector, error) {
	var s selector
	p.space()
	for {
		spaced := p.space()
		c := p.peek()
		if c == 0 || c == ',' || c == ')' {
			break
		}
		if c == '>' || c == '~' {
			p.pos++
			p.space()
			s = append(s, part{kind: partCombinator, text: string(c)})
			continue
		}
		if spaced && len(s) > 0 && s[len(s)-1].kind != partCombinator {
			s = append(s, part{kind: partCombinator, text: " "})
		}
		next, err := p.part(c)
		if err != nil {
			return nil, err
		}
		s = append(s, next)
	}
	if len(s) == 0 || s[len(s)-1].kind == partCombinator {
		return nil, p.unexpected()
	}
	return s, nil
}

// part reads a simple selector that begins with c.
func (p *parser) part(c byte) (part, error) {
	switch c {
	case '*':
		p.pos++
		return part{kind: partAny}, nil
	case '#':
		p.pos++
		name, err := p.word("@/")
		return part{kind: partName, text: name}, err
	case '.':
		p.pos++
		kind, err := p.word("")
		if err == nil && !slices.Contains(depTypes(), kind) {
			err = fail("EQUERYNODEPTYPE", "`.%s` is not a supported dependency type.", kind)
		}
		return part{kind: partDepType, text: kind}, err
	case '[':
		m, err := p.attribute()
		return part{kind: partAttribute, matcher: m}, err
	case ':':
		return p.pseudo()
	}
	if word, err := p.word(""); err == nil {
		return part{}, fail("EQUERYNOSELECTOR", "`tag` is not a supported selector: write #%s for the package of that name", word)
	}
	return part{}, p.unexpected()
}

func depTypes() []string {
	return []string{"prod", "dev", "optional", "peer", "workspace", "bundled"}
}

// word reads a name: letters, digits, - and _, what is not ASCII, the given
// signs, and anything after a backslash.
func (p *parser) word(also string) (string, error) {
	var b strings.Builder
	for {
		c := p.peek()
		switch {
		case c == '\\' && p.pos+1 < len(p.text):
			p.pos++
			c = p.peek()
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c >= 0x80:
		case c != 0 && strings.IndexByte(also, c) >= 0:
		case b.Len() == 0:
			return "", p.unexpected()
		default:
			return b.String(), nil
		}
		b.WriteByte(c)
		p.pos++
	}
}

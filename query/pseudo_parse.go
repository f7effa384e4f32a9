package query

import (
	"slices"
	"strings"
)

// pseudo reads :name or :name(…).
func (p *parser) pseudo() (part, error) {
	p.pos++
	name, err := p.word("")
	if err != nil {
		return part{}, err
	}
	out := part{kind: partPseudo, text: name}
	switch name {
	case "vuln":
		args, err := p.arguments()
		if err != nil {
			return part{}, err
		}
		return out, out.setVuln(args)
	case "is", "not", "has":
		out.nested, err = p.nested()
		return out, err
	case "attr", "semver":
		args, err := p.arguments()
		if err != nil {
			return part{}, err
		}
		if name == "attr" {
			return out, out.setAttr(args)
		}
		return out, out.setSemver(args)
	case "type", "path", "outdated":
		args, err := p.arguments()
		out.raw = strings.ReplaceAll(strings.Join(args, ","), `\/`, "/")
		return out, err
	}
	if !slices.Contains(plainPseudos(), name) {
		return part{}, fail("EQUERYNOPSEUDO", "`:%s` is not a supported pseudo selector.", name)
	}
	return out, nil
}

// plainPseudos are those without arguments.
func plainPseudos() []string {
	return []string{"root", "scope", "empty", "private", "link", "deduped", "overridden", "extraneous", "invalid", "missing"}
}

// nested reads a selector list in brackets.
func (p *parser) nested() (*Query, error) {
	if p.peek() != '(' {
		return nil, p.unexpected()
	}
	p.pos++
	q, err := p.list()
	if err != nil {
		return nil, err
	}
	if p.peek() != ')' {
		return nil, p.unexpected()
	}
	p.pos++
	return q, nil
}

// arguments cuts what is in brackets at its commas; none without brackets.
func (p *parser) arguments() ([]string, error) {
	if p.peek() != '(' {
		return nil, nil
	}
	p.pos++
	var args []string
	from, depth, quote := p.pos, 0, byte(0)
	for ; p.pos < len(p.text); p.pos++ {
		c := p.text[p.pos]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '[':
			depth++
		case c == ',' && depth == 0, c == ')' && depth == 0:
			args = append(args, strings.TrimSpace(p.text[from:p.pos]))
			from = p.pos + 1
			if c == ')' {
				p.pos++
				return args, nil
			}
		case c == ')' || c == ']':
			depth--
		}
	}
	return nil, p.unexpected()
}

// setAttr reads :attr(key, key, [attribute]) or, for each element of a list,
// :attr(key, :attr(…)).
func (s *part) setAttr(args []string) error {
	for depth := 0; ; depth++ {
		if depth > maxDepth || len(args) == 0 {
			return fail("EQUERYATTR", "`:attr` pseudo-class expects an attribute matcher as the last value")
		}
		last := args[len(args)-1]
		for _, key := range args[:len(args)-1] {
			p := &parser{text: key}
			word, err := p.word("./@")
			if err != nil || p.pos < len(key) {
				return fail("EQUERYATTR", "`:attr` cannot look up %q", key)
			}
			s.keys = append(s.keys, word)
		}
		p := &parser{text: last}
		var err error
		if strings.HasPrefix(last, ":attr(") {
			p.pos = len(":attr")
			args, err = p.arguments()
			s.keys = append(s.keys, eachElement)
			if err == nil && p.pos == len(last) {
				continue
			}
		} else if strings.HasPrefix(last, "[") {
			s.matcher, err = p.attribute()
			if err == nil && p.pos == len(last) {
				return nil
			}
		}
		if err != nil {
			return err
		}
		return fail("EQUERYATTR", "`:attr` pseudo-class expects an attribute matcher as the last value")
	}
}

// eachElement among the keys says that of a list each element is meant.
const eachElement = ""

// setSemver reads :semver(version or range, [attribute], function), the first
// two in either order.
func (s *part) setSemver(args []string) error {
	s.semver = &semverTest{function: "infer"}
	s.matcher = &attribute{name: "version"}
	if len(args) > 3 {
		return fail("EQUERYSYNTAX", "`:semver` takes three arguments at most")
	}
	if len(args) == 3 {
		s.semver.function = strings.Trim(args[2], `"'`)
		if !slices.Contains(semverFunctions(), s.semver.function) {
			return fail("EQUERYINVALIDOPERATOR", "`semver.%s` is not a supported operator.", s.semver.function)
		}
		args = args[:2]
	}
	if len(args) == 2 {
		at := slices.IndexFunc(args, func(arg string) bool { return arg != "" && strings.IndexByte(`[:"'`, arg[0]) < 0 })
		if at < 0 {
			return fail("ESEMVERVALUE", "`:semver` pseudo-class expects a static value in the first or second position")
		}
		if err := s.setAttr([]string{args[1-at]}); err != nil {
			return err
		}
		if len(s.keys) > 0 { // a single :attr, which is no list
			s.keys = s.keys[1:]
		}
		args = args[at : at+1]
	}
	if len(args) == 0 {
		return nil
	}
	return s.semver.set(args[0])
}

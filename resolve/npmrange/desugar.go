package npmrange

import (
	"strconv"
	"strings"
)

// relation is an operator as written; "=" and none differ to xRange.
type relation uint8

const (
	relNone relation = iota
	relEQ
	relGT
	relGE
	relLT
	relLE
)

// asIs is the operator of a comparator with a full version.
func (r relation) asIs() operator {
	return [...]operator{relNone: opEQ, relEQ: opEQ, relGT: opGT, relGE: opGE, relLT: opLT, relLE: opLE}[r]
}

// cutOperator splits off [<>]?=? at the start.
func cutOperator(s string) (relation, string) {
	if s == "" {
		return relNone, s
	}
	var rel relation
	switch s[0] {
	case '<':
		rel = relLT
	case '>':
		rel = relGT
	case '=':
		return relEQ, s[1:]
	default:
		return relNone, s
	}
	if len(s) > 1 && s[1] == '=' {
		return rel + 1, s[2:]
	}
	return rel, s[1:]
}

// withoutStar removes the first "*" and an operator right before it, which is
// what node-semver does to a comparator that it could not read otherwise.
func withoutStar(tok string) string {
	end := strings.IndexByte(tok, '*')
	if end < 0 {
		return tok
	}
	start := end
	if start > 0 && tok[start-1] == '=' {
		start--
	}
	if start > 0 && (tok[start-1] == '<' || tok[start-1] == '>') {
		start--
	}
	return tok[:start] + tok[end+1:]
}

// floor is the prerelease of a lower bound that a wildcard made.
func (p *parser) floor() string {
	if p.opts.IncludePrerelease {
		return "0"
	}
	return ""
}

// between adds ">=lo <hi"; hi's parts were made by next.
func (p *parser) between(lo, hi partial) {
	p.lower(lo)
	p.upper(hi)
}

func (p *parser) lower(lo partial) {
	zero := lo.major == "0" && lo.minor == "0" && lo.patch == "0"
	p.add(opGE, lo, zero && lo.pre == p.floor())
}

func (p *parser) upper(hi partial) {
	hi.pre = "0"
	p.bound(opLT, hi)
}

// bound adds a comparator whose major or minor was made by next. Where the
// patch is, the same number unchanged is the lower bound and has failed.
func (p *parser) bound(op operator, v partial) {
	if isExponent(v.major) || isExponent(v.minor) {
		// Not a version, but "1.9.5e+21.0" is one to loose: 1.9.5-e.
		p.comparator(op.String() + v.String())
		return
	}
	p.add(op, v, false)
}

// next is a number's successor as JavaScript writes it: from 10^21 on with an
// exponent, which then is no valid version.
func next(digits string) string {
	if n, ok := number(digits); ok {
		return strconv.FormatUint(n+1, 10)
	}
	if f := double(digits) + 1; f < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(double(digits)+1, 'e', -1, 64)
}

func isExponent(number string) bool { return strings.Contains(number, "e") }

// tilde reads "~1.2.3": changes of the patch.
func (p *parser) tilde(tok string) (empty bool) {
	v, ok := parsePartial(skipPrefix(strings.TrimPrefix(tok[1:], ">")), p.opts.Loose)
	switch {
	case !ok:
		p.invalid(tok)
	case isX(v.major):
		return true
	case isX(v.minor):
		p.between(partial{v.major, "0", "0", p.floor()}, partial{next(v.major), "0", "0", ""})
	case isX(v.patch):
		p.between(partial{v.major, v.minor, "0", p.floor()}, partial{v.major, next(v.minor), "0", ""})
	default:
		p.between(v, partial{v.major, next(v.minor), "0", ""})
	}
	return false
}

// caret reads "^1.2.3": changes that keep the leftmost number that is not 0.
func (p *parser) caret(tok string) (empty bool) {
	v, ok := parsePartial(skipPrefix(tok[1:]), p.opts.Loose)
	if !ok {
		p.invalid(tok)
		return false
	}
	if isX(v.major) {
		return true
	}
	hi := partial{next(v.major), "0", "0", ""}
	switch {
	case isX(v.minor):
		v = partial{v.major, "0", "0", p.floor()}
	case v.major == "0" && !isX(v.patch) && v.minor == "0":
		hi = partial{"0", "0", next(v.patch), ""}
	case v.major == "0":
		hi = partial{"0", next(v.minor), "0", ""}
	}
	if isX(v.patch) {
		v.patch, v.pre = "0", p.floor()
	}
	p.between(v, hi)
	return false
}

// xRange reads a partial version behind an operator: "1.x", ">1", "<=1.2".
func (p *parser) xRange(rel relation, v partial) (empty bool) {
	switch {
	case isX(v.major):
		p.null = p.null || rel == relGT || rel == relLT
		return rel != relGT && rel != relLT
	case rel > relEQ:
		p.xBound(rel, v)
	case isX(v.minor):
		p.between(partial{v.major, "0", "0", p.floor()}, partial{next(v.major), "0", "0", ""})
	default:
		p.between(partial{v.major, v.minor, "0", p.floor()}, partial{v.major, next(v.minor), "0", ""})
	}
	return false
}

// xBound reads a partial version behind "<", "<=", ">" or ">=": as 1.2 stands
// for all of 1.2.x, ">1.2" begins at 1.3.0 and "<=1.2" ends there.
func (p *parser) xBound(rel relation, v partial) {
	after := partial{v.major, next0(v.minor), "0", p.floor()}
	if isX(v.minor) {
		v.minor = "0"
		after = partial{next(v.major), "0", "0", p.floor()}
	}
	v.patch, v.pre = "0", p.floor()
	switch rel {
	case relGT:
		p.bound(opGE, after)
	case relLE:
		p.upper(after)
	case relLT:
		p.upper(v)
	default:
		p.lower(v)
	}
}

// next0 is next, but leaves wildcards alone.
func next0(part string) string {
	if isX(part) {
		return part
	}
	return next(part)
}

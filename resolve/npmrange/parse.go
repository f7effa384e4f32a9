package npmrange

import "strings"

// maxRange is the longest range text in bytes.
const maxRange = 16 << 10

// Parse reads a range. The empty string, like "*", admits any version. The
// error is an *InvalidError. Neither input nor result is cached.
func Parse(s string, opts Options) (*Range, error) {
	if len(s) > maxRange {
		return nil, &InvalidError{"range", s[:maxLength], "longer than 16 KiB"}
	}
	r := &Range{raw: s, opts: opts}
	r.sets, r.comps = r.set1[:0], r.comps2[:0]
	p := parser{Range: r}
	for rest, more := collapse(s), true; more; {
		var part string
		part, rest, more = strings.Cut(rest, "||")
		p.alternative(strings.Trim(part, " "))
		if p.why != "" {
			return nil, &InvalidError{"range", s, p.why}
		}
	}
	if len(r.sets) == 0 {
		return nil, &InvalidError{"range", s, ""}
	}
	r.dropNull()
	return r, nil
}

// parser fills a Range, one alternative after the other.
type parser struct {
	*Range
	// lo is where the current alternative's comparators begin.
	lo int
	// any and null say that the current alternative held a comparator that
	// admits everything or nothing; neither is in comps.
	any, null bool
	// why is the reason of failure once there is one.
	why string
}

// alternative reads what stands between two "||" and appends its set, unless
// loose leaves nothing of it.
func (p *parser) alternative(part string) {
	part = stripBuild(part)
	src := part
	part = trimOperators(p.hyphen(part))
	p.lo, p.any, p.null = len(p.comps), false, false
	first := true
	for rest, more := part, true; more && p.why == ""; first = false {
		var token string
		token, rest, more = strings.Cut(rest, " ")
		// node-semver joins and splits the comparators again, in which an
		// empty one survives at either end only. That shows when loose passes
		// over all others.
		if empty := p.token(token); empty && (first || !more) {
			p.any = true
		}
	}
	switch {
	case p.null:
		p.comps = append(p.comps[:p.lo], nullComparator())
	case len(p.comps) == p.lo && !p.any:
		return
	}
	p.sets = append(p.sets, set{p.lo, len(p.comps), src})
}

// token reads one blank-free piece and reports whether it came to nothing,
// that is, to a comparator that admits anything.
func (p *parser) token(tok string) (empty bool) {
	// There is a build again in what hyphen made of numbers like 1e+21.
	if tok = stripBuild(tok); tok == "" {
		return true
	}
	switch tok[0] {
	case '^':
		return p.caret(tok)
	case '~':
		return p.tilde(tok)
	}
	op, rest := cutOperator(tok)
	v, ok := parsePartial(skipPrefix(rest), p.opts.Loose)
	switch {
	case !ok || v.misordered():
		return p.comparator(withoutStar(tok))
	case v.isFull():
		return p.comparator(tok)
	}
	return p.xRange(op, v)
}

// comparator reads an operator and a full version.
func (p *parser) comparator(tok string) (empty bool) {
	if tok == "" {
		return true
	}
	op, text := cutOperator(tok)
	// A build shows up late in "1.2.3+*a", of which withoutStar makes "+a".
	bare, build, found := strings.Cut(text, "+")
	v, ok := parsePartial(skipVersionPrefix(bare, p.opts.Loose), p.opts.Loose)
	switch {
	case !ok || !v.isFull() || found && !isBuild(build):
		p.invalid(tok)
	case tooLong(text):
		p.why = tooLongText
	default:
		p.add(op.asIs(), v, tok == p.lowest())
	}
	return false
}

// lowest is the text of the comparator that node-semver takes for "*".
func (p *parser) lowest() string {
	if p.opts.IncludePrerelease {
		return ">=0.0.0-0"
	}
	return ">=0.0.0"
}

// invalid meets a comparator that cannot be read: loose passes over it.
func (p *parser) invalid(tok string) {
	if !p.opts.Loose {
		p.why = "cannot read " + quote(tok)
	}
}

// add appends a comparator, unless it is there already; lowest says that it
// is one that admits anything.
func (p *parser) add(op operator, text partial, lowest bool) {
	v, ok := text.version(p.opts.Loose)
	switch {
	case !ok:
		p.why = tooLargeText
		return
	case text.length() > maxLength:
		p.why = tooLongText
		return
	}
	c := comparator{op, v}
	switch {
	case lowest:
		p.any = true
		return
	case c.isNull():
		p.null = true
		return
	}
	for _, have := range p.comps[p.lo:] {
		if have == c {
			return
		}
	}
	p.comps = append(p.comps, c)
}

// dropNull removes alternatives that change nothing: those that admit nothing
// next to others, and all others next to one that admits anything.
func (r *Range) dropNull() {
	if len(r.sets) < 2 {
		return
	}
	first, keep := r.sets[0], r.sets[:0]
	for _, s := range r.sets {
		if s.lo == s.hi || !r.comps[s.lo].isNull() {
			keep = append(keep, s)
		}
	}
	if r.sets = keep; len(keep) == 0 {
		r.sets = append(keep, first)
		return
	}
	for _, s := range keep {
		if s.lo == s.hi {
			r.sets = append(keep[:0], s)
			return
		}
	}
}

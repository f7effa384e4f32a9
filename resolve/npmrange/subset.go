package npmrange

// Subset reports whether every version that satisfies sub satisfies dom, as
// node-semver's subset does under sub's options. It errs on the side of no: an
// alternative of sub must fit into a single one of dom.
func Subset(sub, dom *Range) bool {
	if sub == dom || sub.raw == dom.raw {
		return true
	}
	sawNonNull := false
	for _, s := range sub.sets {
		fits := false
		for _, d := range dom.sets {
			in, null := sub.setIn(s, dom, d)
			sawNonNull = sawNonNull || !null
			if fits = in; fits {
				break
			}
		}
		// What admits nothing is a subset of everything, but is passed over
		// when there is anything else.
		if !fits && sawNonNull {
			return false
		}
	}
	return true
}

// setIn reports whether set s of r is in set d of dom; null says that s was
// found to admit nothing.
func (r *Range) setIn(s set, dom *Range, d set) (in, null bool) {
	inc := r.opts.IncludePrerelease
	sub, domain := r.comps[s.lo:s.hi], dom.comps[d.lo:d.hi]
	// node-semver shares the sets of equal texts, and looks no further then,
	// other than those that admit nothing on their face.
	if s.src == d.src && r.opts == dom.opts && !(len(sub) == 1 && sub[0].isNull()) {
		return true, false
	}
	if len(domain) == 0 && (len(sub) == 0 || inc) {
		return true, false
	}
	lowest := []comparator{{op: opGE}}
	if inc {
		lowest[0].pre = "0"
	}
	if len(sub) == 0 {
		sub = lowest
	}
	if len(domain) == 0 {
		domain = lowest
	}
	return simpleSubset(sub, domain, inc)
}

// limits are the bounds of one alternative: the highest lower, the lowest
// upper, and the exact version, each nil when there is none.
type limits struct {
	gt, lt, eq *comparator
	// several says that there is more than one exact version.
	several bool
}

func limitsOf(comps []comparator) (l limits) {
	for i := range comps {
		c := &comps[i]
		switch {
		case c.op.up():
			l.gt = higher(l.gt, c)
		case c.op.down():
			l.lt = lower(l.lt, c)
		default:
			l.several = l.several || l.eq != nil
			l.eq = c
		}
	}
	return l
}

// empty reports whether the bounds exclude each other.
func (l limits) empty(inc bool) bool {
	if l.several {
		return true
	}
	if l.gt != nil && l.lt != nil {
		if d := l.gt.compare(&l.lt.version); d > 0 || d == 0 && (l.gt.op != opGE || l.lt.op != opLE) {
			return true
		}
	}
	if l.eq == nil {
		return false
	}
	for _, bound := range []*comparator{l.gt, l.lt} {
		if bound != nil && !testSet([]comparator{*bound}, &l.eq.version, inc) {
			return true
		}
	}
	return false
}

func simpleSubset(sub, dom []comparator, inc bool) (in, null bool) {
	l := limitsOf(sub)
	if l.empty(inc) {
		return false, true
	}
	if l.eq != nil {
		for i := range dom {
			if !testSet(dom[i:i+1], &l.eq.version, inc) {
				return false, false
			}
		}
		return true, false
	}
	// A single point may be written as >=1.2.3 <=1.2.3.
	point := l.gt != nil && l.lt != nil && l.gt.compare(&l.lt.version) == 0
	var domUp, domDown bool
	for i := range dom {
		c := &dom[i]
		domUp, domDown = domUp || c.op.up(), domDown || c.op.down()
		if !l.under(c) || c.op == opEQ && !point {
			return false, false
		}
	}
	if l.lt == nil && domDown || l.gt == nil && domUp {
		return false, false
	}
	return inc || l.prereleasesIn(dom), false
}

// under reports whether the bounds are at least as tight as c.
func (l limits) under(c *comparator) bool {
	if l.gt != nil {
		if c.op.up() {
			if h := higher(l.gt, c); h == c {
				return false
			}
		} else if l.gt.op == opGE && !c.test(&l.gt.version) {
			return false
		}
	}
	if l.lt != nil {
		if c.op.down() {
			if h := lower(l.lt, c); h == c {
				return false
			}
		} else if l.lt.op == opLE && !c.test(&l.lt.version) {
			return false
		}
	}
	return true
}

// prereleasesIn reports whether dom admits the prereleases that the bounds
// admit by naming one of the same major.minor.patch.
func (l limits) prereleasesIn(dom []comparator) bool {
	for _, bound := range []*comparator{l.gt, l.lt} {
		if bound == nil || bound.pre == "" || bound.op == opLT && bound.pre == "0" {
			continue
		}
		named := false
		for _, c := range dom {
			named = named || c.pre != "" && c.compareMain(&bound.version) == 0
		}
		if !named {
			return false
		}
	}
	return true
}

// higher returns the tighter of two lower bounds, a when equal.
func higher(a, b *comparator) *comparator {
	if a == nil {
		return b
	}
	switch d := a.compare(&b.version); {
	case d < 0, d == 0 && b.op == opGT && a.op == opGE:
		return b
	}
	return a
}

// lower returns the tighter of two upper bounds, a when equal.
func lower(a, b *comparator) *comparator {
	if a == nil {
		return b
	}
	switch d := a.compare(&b.version); {
	case d > 0, d == 0 && b.op == opLT && a.op == opLE:
		return b
	}
	return a
}

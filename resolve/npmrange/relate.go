package npmrange

import "github.com/Masterminds/semver/v3"

// MinVersion returns the lowest version that can satisfy r, or nil when there
// is none. Like node-semver's, it looks at lower bounds only, and so also
// returns nil for ">2 || >1 <1.5", where the lowest belongs to an alternative
// that admits nothing, and prefers 0.0.0 to a prerelease of it.
func MinVersion(r *Range) *semver.Version {
	for _, v := range []version{{}, {pre: "0"}} {
		if r.test(&v) {
			return v.semver()
		}
	}
	var best *version
	for _, s := range r.sets {
		if v := setMin(r.comps[s.lo:s.hi]); v != nil && (best == nil || best.compare(v) > 0) {
			best = v
		}
	}
	if best == nil || best.patch > maxSafeInteger || !r.test(best) {
		return nil
	}
	return best.semver()
}

// setMin returns the highest lower bound, or nil without any.
func setMin(comps []comparator) *version {
	var low *version
	for _, c := range comps {
		v := c.version
		switch {
		case c.op == opLT || c.op == opLE:
			continue
		case c.op == opGT && v.pre == "":
			v.patch++
		case c.op == opGT:
			v.pre += ".0"
		}
		if low == nil || v.compare(low) > 0 {
			low = &v
		}
	}
	return low
}

func (v version) semver() *semver.Version {
	return semver.New(v.major, v.minor, v.patch, v.pre, "")
}

// Intersects reports whether some version may satisfy both ranges, as
// node-semver's intersects does under a's options. It looks at comparators in
// pairs and never at actual versions, so with prereleases it can say yes where
// no version exists; and "1.2.3-a" with "*" is no, but "*" with "1.2.3-a" yes.
func Intersects(a, b *Range) bool {
	inc := a.opts.IncludePrerelease
	for _, s := range a.sets {
		as := a.comps[s.lo:s.hi]
		if !satisfiable(as, inc) {
			continue
		}
		for _, t := range b.sets {
			bs := b.comps[t.lo:t.hi]
			if satisfiable(bs, inc) && setsIntersect(as, bs, inc) {
				return true
			}
		}
	}
	return false
}

// satisfiable reports whether all pairs of comparators intersect.
func satisfiable(comps []comparator, inc bool) bool {
	for i := len(comps) - 1; i > 0; i-- {
		for _, c := range comps[:i] {
			if !comps[i].intersects(c, inc) {
				return false
			}
		}
	}
	return true
}

func setsIntersect(as, bs []comparator, inc bool) bool {
	for _, a := range as {
		if len(bs) == 0 && a.op == opEQ && !testSet(nil, &a.version, inc) {
			return false
		}
		for _, b := range bs {
			if !a.intersects(b, inc) {
				return false
			}
		}
	}
	return true
}

func (o operator) up() bool        { return o == opGT || o == opGE }
func (o operator) down() bool      { return o == opLT || o == opLE }
func (o operator) inclusive() bool { return o == opGE || o == opLE }

func (c comparator) intersects(o comparator, inc bool) bool {
	switch {
	case c.op == opEQ:
		return testSet([]comparator{o}, &c.version, inc)
	case o.op == opEQ:
		return testSet([]comparator{c}, &o.version, inc)
	case c.belowAll(inc) || o.belowAll(inc):
		return false
	case c.op.up() == o.op.up():
		return true
	case c.version == o.version && c.op.inclusive() && o.op.inclusive():
		return true
	case c.op.up():
		return c.compare(&o.version) < 0
	}
	return c.compare(&o.version) > 0
}

// belowAll reports whether c demands less than the least version, which
// without prereleases is 0.0.0.
func (c comparator) belowAll(inc bool) bool {
	if inc {
		return c.isNull()
	}
	return c.op == opLT && c.compareMain(&version{}) == 0
}

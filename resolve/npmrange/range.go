package npmrange

import "github.com/Masterminds/semver/v3"

// Options change how a range is read and what it admits; both are
// node-semver's options of the same name.
type Options struct {
	// Loose forgives malformed versions in the range and passes over
	// comparators that cannot be read, as long as any remains.
	Loose bool
	// IncludePrerelease treats prereleases as versions like any other.
	IncludePrerelease bool
}

// Range is a parsed range: a version satisfies it if it satisfies all
// comparators of one of its alternatives. It is immutable and safe for
// concurrent use.
type Range struct {
	raw  string
	opts Options
	sets []set
	// comps holds the comparators of all sets.
	comps []comparator

	// Room for the usual range, so that it is one allocation.
	set1   [1]set
	comps2 [2]comparator
}

// set is one alternative: comps[lo:hi] of its Range. An empty one admits any
// version but prereleases.
type set struct {
	lo, hi int
	// src is the text that the set was read from.
	src string
}

type operator uint8

const (
	opEQ operator = iota
	opGT
	opGE
	opLT
	opLE
)

func (o operator) String() string {
	return [...]string{opEQ: "", opGT: ">", opGE: ">=", opLT: "<", opLE: "<="}[o]
}

type comparator struct {
	op operator
	version
}

// nullComparator admits nothing; node-semver recognises it by its text.
func nullComparator() comparator { return comparator{opLT, version{pre: "0"}} }

func (c comparator) isNull() bool { return c == nullComparator() }

// test ignores the prerelease rule.
func (c *comparator) test(v *version) bool {
	d := v.compare(&c.version)
	switch c.op {
	case opGT:
		return d > 0
	case opGE:
		return d >= 0
	case opLT:
		return d < 0
	case opLE:
		return d <= 0
	}
	return d == 0
}

func (c comparator) String() string {
	return c.op.String() + c.version.String()
}

// Test reports whether v satisfies the range.
func (r *Range) Test(v *semver.Version) bool {
	if v == nil {
		return false
	}
	plain := versionOf(v)
	return r.test(&plain)
}

// TestString is Test on a version's text, read with the range's own Loose; a
// text that is no version satisfies nothing. It makes no *semver.Version and
// so allocates nothing, which is how to sift a packument's versions.
func (r *Range) TestString(s string) bool {
	v, _, why := parseVersion(s, r.opts.Loose)
	return why == "" && r.test(&v)
}

func (r *Range) test(v *version) bool {
	for _, s := range r.sets {
		if testSet(r.comps[s.lo:s.hi], v, r.opts.IncludePrerelease) {
			return true
		}
	}
	return false
}

func testSet(comps []comparator, v *version, includePrerelease bool) bool {
	for i := range comps {
		if !comps[i].test(v) {
			return false
		}
	}
	if v.pre == "" || includePrerelease {
		return true
	}
	// Whoever names a prerelease of 1.2.3 has opted in to those of 1.2.3,
	// not to those of 1.2.4.
	for i := range comps {
		if comps[i].pre != "" && comps[i].compareMain(v) == 0 {
			return true
		}
	}
	return false
}

// IsAny reports whether the range is "*" or one of its spellings, which admits
// every version that is not a prerelease.
func (r *Range) IsAny() bool {
	return len(r.sets) == 1 && r.sets[0].lo == r.sets[0].hi
}

// String is the range as comparators, ">=1.2.3 <2.0.0-0||5.0.0", node-semver's
// Range.range; the empty string for any.
func (r *Range) String() string {
	var b []byte
	for i, s := range r.sets {
		if i > 0 {
			b = append(b, "||"...)
		}
		for k, c := range r.comps[s.lo:s.hi] {
			if k > 0 {
				b = append(b, ' ')
			}
			b = c.version.append(append(b, c.op.String()...))
		}
	}
	return string(b)
}

// Raw is the text that the range was parsed from.
func (r *Range) Raw() string { return r.raw }

package npmrange

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Compare orders by semver precedence: -1, 0 or 1; builds do not count. It is
// node-semver's compare, and differs from Masterminds' in that numeric
// prerelease identifiers of any length are numbers (compared, beyond 2^53, as
// JavaScript's doubles).
func Compare(a, b *semver.Version) int {
	v, o := versionOf(a), versionOf(b)
	return v.compare(&o)
}

// MaxSatisfying returns the highest of vs that satisfies r, the first among
// equals, or nil.
func MaxSatisfying(vs []*semver.Version, r *Range) *semver.Version {
	return satisfying(vs, r, 1)
}

// MinSatisfying returns the lowest of vs that satisfies r, the first among
// equals, or nil.
func MinSatisfying(vs []*semver.Version, r *Range) *semver.Version {
	return satisfying(vs, r, -1)
}

// satisfying takes the one that lies furthest in a direction of Compare.
func satisfying(vs []*semver.Version, r *Range, direction int) *semver.Version {
	var best *semver.Version
	for _, v := range vs {
		if r.Test(v) && (best == nil || Compare(v, best) == direction) {
			best = v
		}
	}
	return best
}

func (v *version) compare(o *version) int {
	if c := v.compareMain(o); c != 0 {
		return c
	}
	return comparePre(v.pre, o.pre)
}

func (v *version) compareMain(o *version) int {
	switch {
	case v.major != o.major:
		return cmp.Compare(v.major, o.major)
	case v.minor != o.minor:
		return cmp.Compare(v.minor, o.minor)
	}
	return cmp.Compare(v.patch, o.patch)
}

// comparePre orders prereleases; none at all is above any.
func comparePre(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	for {
		x, restA, moreA := strings.Cut(a, ".")
		y, restB, moreB := strings.Cut(b, ".")
		switch {
		case x != y:
			return compareIdentifier(x, y)
		case !moreA || !moreB:
			return boolCompare(moreA, moreB)
		}
		a, b = restA, restB
	}
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// compareIdentifier orders two different identifiers: numbers by value and
// below all others, which go by their bytes. Two numbers that round to the
// same double are equal, and then decide the comparison, as in node-semver.
func compareIdentifier(a, b string) int {
	na, nb := isNumeric(a), isNumeric(b)
	switch {
	case na && nb:
		return cmp.Compare(double(a), double(b))
	case na:
		return -1
	case nb:
		return 1
	}
	return strings.Compare(a, b)
}

// double is JavaScript's number of decimal digits; infinity when too large.
func double(digits string) float64 {
	if n, ok := number(digits); ok {
		return float64(n)
	}
	f, _ := strconv.ParseFloat(digits, 64) // out of range yields ±Inf, as wanted
	return f
}

func (v version) append(b []byte) []byte {
	b = strconv.AppendUint(b, v.major, 10)
	b = append(b, '.')
	b = strconv.AppendUint(b, v.minor, 10)
	b = append(b, '.')
	b = strconv.AppendUint(b, v.patch, 10)
	if v.pre != "" {
		b = append(b, '-')
		b = append(b, v.pre...)
	}
	return b
}

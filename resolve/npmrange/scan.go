package npmrange

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The longest run of digits and the longest identifier but for leading digits
// that node-semver's expressions match. No version that fits its 256
// characters is affected; it decides whether loose passes over a comparator or
// fails.
const (
	maxRun        = 256
	maxIdentifier = 251
)

func isDigit(c byte) bool { return c-'0' < 10 }

// isIdent reports whether c may stand in a prerelease or build identifier.
func isIdent(c byte) bool { return isDigit(c) || c|0x20-'a' < 26 || c == '-' }

// partial is a version of which parts may be missing or wildcards, as the
// texts found: "1.x" has major "1", minor "x" and no patch.
type partial struct {
	major, minor, patch, pre string
}

// isX reports whether a part of a partial matches anything.
func isX(part string) bool {
	return part == "" || part == "x" || part == "X" || part == "*"
}

// isFull reports whether all three numbers are there.
func (p partial) isFull() bool {
	return !isX(p.major) && !isX(p.minor) && !isX(p.patch)
}

// String is the text of a partial none of whose numbers is missing.
func (p partial) String() string {
	s := p.major + "." + p.minor + "." + p.patch
	if p.pre != "" {
		s += "-" + p.pre
	}
	return s
}

// length is that of String.
func (p partial) length() int {
	n := len(p.major) + len(p.minor) + len(p.patch) + len("..")
	if p.pre != "" {
		n += len("-") + len(p.pre)
	}
	return n
}

// misordered reports whether a number follows a wildcard, as in "x.1".
func (p partial) misordered() bool {
	return isX(p.major) && !isX(p.minor) || isX(p.minor) && !isX(p.patch)
}

// version reads a full partial's numbers; false if one is too large.
func (p partial) version(loose bool) (v version, ok bool) {
	var ok1, ok2, ok3 bool
	v.major, ok1 = number(p.major)
	v.minor, ok2 = number(p.minor)
	v.patch, ok3 = number(p.patch)
	v.pre = p.pre
	if loose {
		v.pre = withoutZeros(v.pre)
	}
	return v, ok1 && ok2 && ok3
}

// number reads decimal digits of any length; false beyond maxSafeInteger.
func number(digits string) (uint64, bool) {
	var n uint64
	for i := 0; i < len(digits); i++ {
		n = n*10 + uint64(digits[i]-'0')
		if n > maxSafeInteger {
			return 0, false
		}
	}
	return n, true
}

// skipPrefix drops a run of "v", "=" and white space.
func skipPrefix(s string) string {
	for s != "" {
		switch r, n := utf8.DecodeRuneInString(s); {
		case r == 'v' || r == '=' || isSpace(r):
			s = s[n:]
		default:
			return s
		}
	}
	return s
}

// component returns the end of the number or wildcard that starts at s[i], or
// i when there is none. Without loose, a number ends after a leading zero.
func component(s string, i int, loose bool) int {
	if i >= len(s) {
		return i
	}
	switch c := s[i]; {
	case c == 'x' || c == 'X' || c == '*', c == '0' && !loose:
		return i + 1
	}
	limit := min(len(s), i+maxRun)
	if !loose {
		limit = min(len(s), i+maxRun+1) // the first digit counts apart there
	}
	for i < limit && isDigit(s[i]) {
		i++
	}
	return i
}

// parsePartial reads all of s as "1", "1.x", "1.2.3-pre" and the like, without
// build metadata and with nothing in front.
func parsePartial(s string, loose bool) (p partial, ok bool) {
	i := component(s, 0, loose)
	p.major = s[:i]
	if i == 0 || i == len(s) {
		return p, i > 0
	}
	j := i + 1
	i = component(s, j, loose)
	if s[j-1] != '.' || i == j {
		return p, false
	}
	p.minor = s[j:i]
	if i == len(s) {
		return p, true
	}
	j = i + 1
	i = component(s, j, loose)
	if s[j-1] != '.' || i == j {
		return p, false
	}
	// A fourth number makes node-semver's loose expression hand the third's
	// last digit to the prerelease: 1.2.34.5 is 1.2.3-4.5.
	if loose && i-j > 1 && i < len(s) && s[i] == '.' {
		i--
	}
	p.patch = s[j:i]
	if i < len(s) {
		p.pre, ok = prerelease(s[i:], loose)
		return p, ok
	}
	return p, true
}

// prerelease reads all of s as "-beta.1", or when loose also as "beta.1".
func prerelease(s string, loose bool) (string, bool) {
	rest, hyphen := strings.CutPrefix(s, "-")
	if !loose {
		return rest, hyphen && isIdentifiers(rest, false)
	}
	if hyphen && isIdentifiers(rest, true) {
		return rest, true
	}
	// "1.2.3-" has the prerelease "-".
	return s, isIdentifiers(s, true)
}

// isIdentifiers reports whether s is one or more identifiers joined by dots;
// zeros allows numbers with leading zeros.
func isIdentifiers(s string, zeros bool) bool {
	for {
		digits := digitsEnd(s, 0)
		end := digits
		for end < len(s) && isIdent(s[end]) {
			end++
		}
		if end == 0 || digits > maxRun || end-digits > maxIdentifier {
			return false
		}
		if !zeros && end == digits && end > 1 && s[0] == '0' {
			return false
		}
		if end == len(s) {
			return true
		}
		if s[end] != '.' {
			return false
		}
		s = s[end+1:]
	}
}

// withoutZeros drops the leading zeros of a loose prerelease's numbers, other
// than of those which JavaScript cannot hold exactly and so keeps as text.
func withoutZeros(pre string) string {
	if !strings.Contains(pre, "0") || isIdentifiers(pre, false) {
		return pre
	}
	ids := strings.Split(pre, ".")
	for i, id := range ids {
		if n, ok := number(id); ok && isNumeric(id) && n < maxSafeInteger {
			ids[i] = strconv.FormatUint(n, 10)
		}
	}
	return strings.Join(ids, ".")
}

// digitsEnd returns the end of the run of digits at s[i].
func digitsEnd(s string, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

// isNumeric reports whether a non-empty identifier consists of digits.
func isNumeric(id string) bool {
	return digitsEnd(id, 0) == len(id)
}

package npmrange

import (
	"strings"

	"github.com/Masterminds/semver/v3"
)

// maxComponent is how many digits a number may have to be coerced.
const maxComponent = 16

// CoerceOptions are node-semver's options of coerce.
type CoerceOptions struct {
	// RTL takes the rightmost version in the text instead of the first.
	RTL bool
	// IncludePrerelease keeps a prerelease and a build that follow.
	IncludePrerelease bool
}

// Coerce finds the first thing in s that resembles a version, "v20" or
// "node 4.3 or so", and completes it with zeros. It returns nil when there is
// none, or when it is not a version after all ("01.2").
func Coerce(s string) *semver.Version { return CoerceWith(s, CoerceOptions{}) }

// CoerceWith is Coerce with options.
func CoerceWith(s string, o CoerceOptions) *semver.Version {
	m, ok := nextCoercible(s, 0, o)
	for next, more := m, ok && o.RTL; more; {
		if next.end != m.end {
			m = next
		}
		if m.end == len(s) {
			break
		}
		next, more = nextCoercible(s, next.resume, o)
	}
	if !ok {
		return nil
	}
	if m.minor == "" {
		m.minor = "0"
	}
	if m.patch == "" {
		m.patch = "0"
	}
	v, err := ParseVersion(m.major+"."+m.minor+"."+m.patch+m.suffix, false)
	if err != nil {
		return nil
	}
	return v
}

// coercible is a find: its numbers, its "-pre+build", where it ends (with the
// character that ends it) and where the search for another one resumes.
type coercible struct {
	major, minor, patch, suffix string
	end, resume                 int
}

// nextCoercible finds the first run of at most 16 digits at or after from that
// is not the tail of a run before from.
func nextCoercible(s string, from int, o CoerceOptions) (coercible, bool) {
	for i := from; i < len(s); i++ {
		if !isDigit(s[i]) || i > 0 && (i == from || isDigit(s[i-1])) {
			continue
		}
		if end := digitsEnd(s, i); end-i <= maxComponent {
			return coercibleAt(s, i, end, o), true
		}
	}
	return coercible{}, false
}

func coercibleAt(s string, start, end int, o CoerceOptions) coercible {
	m := coercible{major: s[start:end], resume: end}
	for _, part := range []*string{&m.minor, &m.patch} {
		if end == len(s) || s[end] != '.' {
			break
		}
		next := digitsEnd(s, end+1)
		if n := next - end - 1; n == 0 || n > maxComponent {
			break
		}
		*part = s[end+1 : next]
		end = next
	}
	if o.IncludePrerelease {
		next := suffixEnd(s, end)
		m.suffix = s[end:next]
		end = next
	}
	if m.end = end; end < len(s) {
		m.end += len(firstRune(s[end:]))
	}
	return m
}

func firstRune(s string) string {
	for i := range s {
		if i > 0 {
			return s[:i]
		}
	}
	return s
}

// suffixEnd returns the end of the "-pre+build" at s[i]. An identifier like
// "01" ends the prerelease before it, as no digit may follow the whole.
func suffixEnd(s string, i int) int {
	end := preEnd(s, i, false)
	if end < len(s) && isDigit(s[end]) {
		end = i + max(0, strings.LastIndexByte(s[i:end], '.'))
	}
	if end < len(s) {
		end = buildEnd(s, end)
	}
	return end
}

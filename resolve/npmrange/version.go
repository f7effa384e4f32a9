package npmrange

import (
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

const (
	// maxLength is the longest version text, in UTF-16 code units.
	maxLength = 256
	// maxSafeInteger is JavaScript's Number.MAX_SAFE_INTEGER, the largest
	// major, minor or patch.
	maxSafeInteger = 1<<53 - 1
)

// Reasons that both a version and a range can fail for.
const (
	tooLongText  = "version longer than 256 characters"
	tooLargeText = "number larger than 2^53-1"
)

// InvalidError says that a text is not a version or a range. Parse and
// ParseVersion return no other error.
type InvalidError struct {
	// Kind is what the text was to be: "version" or "range".
	Kind string
	// Input is the text as given.
	Input string
	// Why names the culprit inside Input or the limit exceeded; may be empty.
	Why string
}

func (e *InvalidError) Error() string {
	msg := "invalid " + e.Kind + " " + quote(e.Input)
	if e.Why != "" {
		msg += ": " + e.Why
	}
	return msg
}

// quote makes a stranger's text fit for a message.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}

// version is a version without what precedence ignores. The prerelease is
// dot-separated and its numbers carry no leading zeros.
type version struct {
	major, minor, patch uint64
	pre                 string
}

func versionOf(v *semver.Version) version {
	return version{v.Major(), v.Minor(), v.Patch(), v.Prerelease()}
}

// ParseVersion reads a version as node-semver's SemVer class does: three
// numbers of at most 2^53-1, an optional prerelease and build, white space and
// one "v" in front forgiven, 256 characters at most. Loose forgives more:
// "=v1.2.3", "01.2.3", "1.2.3beta" (which is 1.2.3-beta), and even "1.2.34.5"
// (1.2.3-4.5). The result's Original is the canonical text with the build.
// The error is an *InvalidError.
func ParseVersion(s string, loose bool) (*semver.Version, error) {
	v, build, why := parseVersion(s, loose)
	if why != "" {
		return nil, &InvalidError{"version", s, why}
	}
	// The strict constructor copies nothing, New formats with fmt; the
	// trimmed text is almost always canonical.
	text := strings.TrimPrefix(trimSpace(s), "v")
	if _, plain := plainVersion(text); plain || !loose {
		if sv, err := semver.StrictNewVersion(text); err == nil {
			return sv, nil
		}
	}
	return semver.New(v.major, v.minor, v.patch, v.pre, build), nil
}

// IsVersion says that ParseVersion reads it, and makes nothing for that.
func IsVersion(s string, loose bool) bool {
	_, _, why := parseVersion(s, loose)
	return why == ""
}

// parseVersion does the work of ParseVersion; a why that is not empty is the
// reason of failure.
func parseVersion(s string, loose bool) (v version, build, why string) {
	if v, ok := plainVersion(s); ok {
		return v, "", ""
	}
	if tooLong(s) {
		return v, "", tooLongText
	}
	text, build, found := strings.Cut(trimSpace(s), "+")
	if found && !isBuild(build) {
		return v, "", "malformed build metadata"
	}
	p, ok := parsePartial(skipVersionPrefix(text, loose), loose)
	if !ok || !p.isFull() {
		return v, "", "not of the form 1.2.3"
	}
	if v, ok = p.version(loose); !ok {
		return v, "", tooLargeText
	}
	return v, build, ""
}

// plainVersion reads "1.2.3" of short numbers, which most versions are, and
// leaves all others to parseVersion.
func plainVersion(s string) (version, bool) {
	var n [3]uint64
	i := 0
	for k := range n {
		start := i
		for i < len(s) && isDigit(s[i]) {
			n[k] = n[k]*10 + uint64(s[i]-'0')
			i++
		}
		if i == start || i-start > 15 || s[start] == '0' && i-start > 1 {
			return version{}, false
		}
		if k < 2 {
			if i == len(s) || s[i] != '.' {
				return version{}, false
			}
			i++
		}
	}
	return version{major: n[0], minor: n[1], patch: n[2]}, i == len(s)
}

// skipVersionPrefix drops what may stand before a version's first number: one
// "v", or when loose any of "v", "=" and white space.
func skipVersionPrefix(s string, loose bool) string {
	if loose {
		return skipPrefix(s)
	}
	return strings.TrimPrefix(s, "v")
}

// isBuild reports whether s is dot-separated, non-empty identifiers.
func isBuild(s string) bool { return isIdentifiers(s, true) }

// Clean returns the canonical text of a version, without the build, from
// sloppy input such as "  =v1.2.3 "; false if there is no version in it. It is
// node-semver's clean.
func Clean(s string, loose bool) (string, bool) {
	v, _, why := parseVersion(strings.TrimLeft(trimSpace(s), "=v"), loose)
	if why != "" {
		return "", false
	}
	return v.String(), true
}

// String is the canonical text, node-semver's SemVer.version.
func (v version) String() string {
	var buf [64]byte
	return string(v.append(buf[:0]))
}

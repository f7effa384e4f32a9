package lockfile

import (
	"encoding/base64"
	"strings"
)

// Limits on what a lockfile may hold, far above anything real.
const (
	maxFile     = 256 << 20 // bytes
	maxLocation = 4096      // bytes
	maxText     = 64 << 10  // bytes of any other string
	maxName     = 214       // bytes, npm's own limit
	maxVersion  = 256       // characters, node-semver's own limit
	maxCount    = 1<<53 - 1 // of anything, JavaScript's own limit
)

// The checks return what is wrong with a value, "" for nothing.

// checkLocation accepts "", and slash-separated relative paths without empty,
// "." or inner ".." components, in which node_modules is always followed by a
// package name. Leading ".." components are those of link targets outside the
// project (npm's "file:../lib"); whether they are is checked by checkLinks.
func checkLocation(location string) string {
	if location == "" {
		return ""
	}
	if msg := checkPath(location); msg != "" {
		return msg
	}
	for rest := location; rest != ""; {
		var part string
		part, rest, _ = strings.Cut(rest, "/")
		if part != "node_modules" {
			continue
		}
		part, rest, _ = strings.Cut(rest, "/")
		if strings.HasPrefix(part, "@") {
			var base string
			base, rest, _ = strings.Cut(rest, "/")
			part += "/" + base
		}
		if msg := checkName(part); msg != "" {
			return "node_modules must be followed by a package name"
		}
	}
	return ""
}

// checkPath accepts clean relative slash-separated paths; ".." only in front.
func checkPath(p string) string {
	if len(p) > maxLocation {
		return "path is too long"
	}
	if strings.IndexByte(p, '\\') >= 0 || hasControl(p) {
		return "path with a backslash or control character"
	}
	if len(p) > 1 && p[1] == ':' {
		return "path with a drive letter"
	}
	up := true
	for rest, more := p, true; more; {
		var part string
		part, rest, more = strings.Cut(rest, "/")
		switch part {
		case "":
			return "path is absolute or has an empty component"
		case ".":
			return "path has the component \".\""
		case "..":
			if !up {
				return "path has the component \"..\""
			}
		default:
			up = false
		}
	}
	if up {
		return "path names no folder"
	}
	return ""
}

func hasControl(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7f {
			return true
		}
	}
	return false
}

// checkName accepts what npm accepts as the name of a published package, old
// rules included: an optional scope, URL-safe characters, no leading dot.
func checkName(name string) string {
	if len(name) > maxName {
		return "package name is too long"
	}
	base := name
	if strings.HasPrefix(name, "@") {
		var scope string
		var ok bool
		if scope, base, ok = strings.Cut(name[1:], "/"); !ok || !urlSafe(scope) || scope[0] == '.' {
			return "invalid scope in a package name"
		}
	}
	if !urlSafe(base) || base[0] == '.' || base == "node_modules" {
		return "invalid package name"
	}
	return ""
}

// urlSafe says whether s is not empty and encodeURIComponent leaves it alone.
func urlSafe(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !isAlnum(c) && strings.IndexByte("-_.!~*'()", c) < 0 {
			return false
		}
	}
	return s != ""
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// checkVersion accepts the alphabet of semantic versions.
func checkVersion(v string) string {
	if len(v) > maxVersion {
		return "version is too long"
	}
	for i := 0; i < len(v); i++ {
		if !isAlnum(v[i]) && strings.IndexByte(".-+_", v[i]) < 0 {
			return "invalid version"
		}
	}
	return ""
}

// checkText accepts text without control characters.
func checkText(s string) string {
	if len(s) > maxText {
		return "text is too long"
	}
	if hasControl(s) {
		return "text with a control character"
	}
	return ""
}

// checkQuote accepts what is taken over from a package as its author wrote it,
// and never becomes a path or an address as it stands: there are published
// packages with a tab in a range or a licence of several lines, and one of
// them deep down must not make a project impossible to lock.
func checkQuote(s string) string {
	if len(s) > maxText {
		return "text is too long"
	}
	return ""
}

// checkCID accepts a CIDv1 in base 32 whose hash has the length it says. It
// is a check of the writing, enough to know a mistake from a CID.
func checkCID(s string) string {
	const bad = "not a CIDv1 in base 32"
	if len(s) < 8 || len(s) > 160 || s[0] != 'b' {
		return bad
	}
	var buf [100]byte
	n := decodeBase32(buf[:], s[1:])
	if n < 4 || buf[0] != 1 {
		return bad
	}
	rest, ok := skipVarint(buf[1:n]) // codec
	if !ok {
		return bad
	}
	if rest, ok = skipVarint(rest); !ok || len(rest) == 0 { // hash function
		return bad
	}
	if int(rest[0]) != len(rest)-1 || rest[0] >= 0x80 {
		return "CID whose hash has a wrong length"
	}
	return ""
}

// decodeBase32 decodes lower-case base 32 without padding and returns the
// number of bytes, -1 for a wrong character. (The standard decoder is built
// anew for each alphabet, which would be most of the time of a check.)
func decodeBase32(dst []byte, s string) int {
	n, bits, acc := 0, 0, uint32(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z':
			acc = acc<<5 | uint32(c-'a')
		case c >= '2' && c <= '7':
			acc = acc<<5 | uint32(c-'2'+26)
		default:
			return -1
		}
		if bits += 5; bits >= 8 {
			bits -= 8
			dst[n] = byte(acc >> bits)
			n++
		}
	}
	return n
}

func skipVarint(b []byte) ([]byte, bool) {
	for i := 0; i < len(b) && i < 9; i++ {
		if b[i] < 0x80 {
			return b[i+1:], true
		}
	}
	return nil, false
}

// checkIntegrity accepts hashes as SRI writes them, at least one, separated
// by single blanks.
func checkIntegrity(s string) string {
	if len(s) > 1024 || hasControl(s) {
		return "integrity is too long or has a control character"
	}
	for token := range strings.SplitSeq(s, " ") {
		algorithm, digest, ok := strings.Cut(token, "-")
		if !ok {
			return "integrity without an algorithm"
		}
		digest, _, _ = strings.Cut(digest, "?")
		var buf [96]byte
		if len(digest) > 88 {
			return "integrity with a digest that is too long"
		}
		n, err := base64.StdEncoding.Decode(buf[:], []byte(digest))
		if err != nil || n != digestSize(algorithm, n) {
			return "integrity with a malformed " + algorithm + " digest"
		}
	}
	return ""
}

// digestSize is the length in bytes of an algorithm's digests; that of an
// unknown algorithm is taken as found.
func digestSize(algorithm string, found int) int {
	switch algorithm {
	case "sha512":
		return 64
	case "sha384":
		return 48
	case "sha256":
		return 32
	case "sha1":
		return 20
	}
	return found
}

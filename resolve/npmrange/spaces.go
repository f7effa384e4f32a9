package npmrange

import (
	"strings"
	"unicode/utf8"
)

// isSpace reports whether r is white space to JavaScript's \s and trim, which
// is Unicode's Zs, the line terminators and U+FEFF, but neither U+0085 nor
// U+180E.
func isSpace(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\v', '\f', '\r',
		0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff:
		return true
	}
	return r >= 0x2000 && r <= 0x200a
}

// trimSpace is JavaScript's trim.
func trimSpace(s string) string {
	if s == "" || (isWord(s[0]) && isWord(s[len(s)-1])) {
		return s
	}
	return strings.TrimFunc(s, isSpace)
}

// isWord reports whether c is a visible ASCII character.
func isWord(c byte) bool { return c > ' ' && c < utf8.RuneSelf }

// collapse trims s and replaces each run of white space in it by one blank.
// It returns s itself when there is nothing to do.
func collapse(s string) string {
	s = trimSpace(s)
	for i := 0; i < len(s); i++ {
		if isWord(s[i]) || (s[i] == ' ' && i+1 < len(s) && isWord(s[i+1])) {
			continue
		}
		return strings.Join(strings.FieldsFunc(s, isSpace), " ")
	}
	return s
}

// tooLong reports whether s has more than maxLength UTF-16 code units, which
// is what a string's length is to node-semver.
func tooLong(s string) bool {
	if len(s) <= maxLength {
		return false
	}
	n := 0
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n > maxLength
}

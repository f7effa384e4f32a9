package manifest

import (
	"cmp"
	"strings"
)

// compareNames orders as JavaScript's localeCompare(…, "en") does, which is
// how npm sorts dependencies: punctuation, then digits, then letters; case
// decides only between names otherwise equal, and lower comes first.
func compareNames(a, b string) int {
	for i := range min(len(a), len(b)) {
		if d := cmp.Compare(weight(a[i]), weight(b[i])); d != 0 {
			return d
		}
	}
	if d := cmp.Compare(len(a), len(b)); d != 0 {
		return d
	}
	return -cmp.Compare(a, b) // "a" is above "A" in ASCII
}

// weight is the place of an ASCII character in the order of the Unicode
// Collation Algorithm's root. Others come last, by their bytes.
func weight(c byte) int {
	const order = "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	if i := strings.IndexByte(order, c); i >= 0 {
		return i
	}
	return len(order) + int(c)
}

package lockfile

import (
	"cmp"
	"strconv"
)

// weights holds the place of each ASCII character in the Unicode collation
// algorithm's default table, which is that of JavaScript's
// localeCompare(…, "en"); the two cases of a letter share one. It is a string
// because that costs nothing at a program's start.
const weights = "" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x01\x07\x0b\x17\x21\x18\x16\x0a\x0c\x0d\x13\x1b\x04\x03\x09\x14" +
	"\x22\x23\x24\x25\x26\x27\x28\x29\x2a\x2b\x06\x05\x1c\x1d\x1e\x08" +
	"\x12\x2c\x2d\x2e\x2f\x30\x31\x32\x33\x34\x35\x36\x37\x38\x39\x3a" +
	"\x3b\x3c\x3d\x3e\x3f\x40\x41\x42\x43\x44\x45\x0e\x15\x0f\x1a\x02" +
	"\x19\x2c\x2d\x2e\x2f\x30\x31\x32\x33\x34\x35\x36\x37\x38\x39\x3a" +
	"\x3b\x3c\x3d\x3e\x3f\x40\x41\x42\x43\x44\x45\x10\x1f\x11\x20\x00"

// weight is where a byte stands; what is not ASCII stands behind, by its value.
func weight(c byte) byte {
	if c < 0x80 {
		return weights[c]
	}
	return c
}

// Compare orders package names and locations as npm does in its lockfiles:
// punctuation before digits before letters, whatever their case; lower case
// before upper case only where nothing else differs. This is
// localeCompare(…, "en") for printable ASCII, which all but exotic workspace
// folders are; other characters come after ASCII, by code point.
func Compare(a, b string) int {
	tie := 0
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if d := cmp.Compare(weight(x), weight(y)); d != 0 {
			return d
		}
		if tie == 0 {
			// One letter in two cases: the lower one has the higher byte.
			tie = cmp.Compare(y, x)
		}
	}
	if d := cmp.Compare(len(a), len(b)); d != 0 {
		return d
	}
	return tie
}

// CollationKey maps a text to bytes whose order is that of [Compare].
func CollationKey(s string) []byte {
	key := make([]byte, 0, 2*len(s)+1)
	for i := range len(s) {
		key = append(key, weight(s[i]))
	}
	key = append(key, 0)
	for i := range len(s) {
		key = append(key, ^s[i])
	}
	return key
}

// compareKeys is [Compare] after the rule that JavaScript objects put keys that
// are array indexes first, in numeric order, however they were sorted.
func compareKeys(a, b string) int {
	x, y := arrayIndex(a), arrayIndex(b)
	switch {
	case x >= 0 && y >= 0:
		return cmp.Compare(x, y)
	case x >= 0:
		return -1
	case y >= 0:
		return 1
	}
	return Compare(a, b)
}

// arrayIndex returns the number that s is the canonical form of, or -1.
func arrayIndex(s string) int64 {
	if s == "" || len(s) > 10 || s[0] > '9' || s[0] == '0' && s != "0" {
		return -1
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 1<<32-1 {
		return -1
	}
	return int64(n)
}

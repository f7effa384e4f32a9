package lockfile

import (
	"cmp"
	"strconv"
	"strings"
)

// collation lists the printable ASCII characters in the order of the Unicode
// collation algorithm's default table, which is that of JavaScript's
// localeCompare(…, "en"); the two cases of a letter share a place.
const collation = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"

// Compare orders package names and locations as npm does in its lockfiles:
// punctuation before digits before letters, whatever their case; lower case
// before upper case only where nothing else differs. This is
// localeCompare(…, "en") for printable ASCII, which all but exotic workspace
// folders are; other characters come after ASCII, by code point.
func Compare(a, b string) int { return newCollator().compare(a, b) }

// collator holds the place of each ASCII character.
type collator struct{ weight [128]uint8 }

func newCollator() *collator {
	c := new(collator)
	for i := range c.weight {
		c.weight[i] = uint8(strings.IndexByte(collation, lower(byte(i))) + 1)
	}
	return c
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// compareKeys is compare after the rule that JavaScript objects put keys that
// are array indexes first, in numeric order, however they were sorted.
func (c *collator) compareKeys(a, b string) int {
	x, y := arrayIndex(a), arrayIndex(b)
	switch {
	case x >= 0 && y >= 0:
		return cmp.Compare(x, y)
	case x >= 0:
		return -1
	case y >= 0:
		return 1
	}
	return c.compare(a, b)
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

func (c *collator) compare(a, b string) int {
	tie := 0
	i := 0
	for ; i < len(a) && i < len(b); i++ {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x >= 0x80 || y >= 0x80 {
			return cmp.Compare(x, y)
		}
		if d := cmp.Compare(c.weight[x], c.weight[y]); d != 0 {
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

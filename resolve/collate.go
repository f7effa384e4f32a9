package resolve

import (
	"bytes"
	"cmp"
	"strings"
)

// collationOrder lists the printable ASCII characters as the root collation
// of Unicode has them, which npm sorts names and paths by
// (localeCompare 'en'). A letter's cases differ only in the last resort.
const collationOrder = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStTuUvVwWxXyYzZ"

// collator compares as localeCompare does, for the texts that names and
// locations are made of; characters outside ASCII sort behind by code point.
type collator struct {
	primary [128]byte
}

func newCollator() *collator {
	c := new(collator)
	weight := byte(0)
	for i := range len(collationOrder) {
		ch := collationOrder[i]
		if ch >= 'A' && ch <= 'Z' {
			c.primary[ch] = weight
			continue
		}
		weight++
		c.primary[ch] = weight
	}
	return c
}

func (c *collator) weight(ch byte) byte {
	if ch < 128 {
		return c.primary[ch]
	}
	return ch
}

// compare orders a and b: by letters regardless of case, and only then lower
// case before upper.
func (c *collator) compare(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		if d := cmp.Compare(c.weight(a[i]), c.weight(b[i])); d != 0 {
			return d
		}
	}
	if d := cmp.Compare(len(a), len(b)); d != 0 {
		return d
	}
	return -strings.Compare(a, b)
}

// key maps a text to bytes whose order is compare's.
func (c *collator) key(s string) []byte {
	key := make([]byte, 0, 2*len(s)+1)
	for i := range len(s) {
		key = append(key, c.weight(s[i]))
	}
	key = append(key, 0)
	for i := range len(s) {
		key = append(key, ^s[i])
	}
	return key
}

// compareKeys compares what key made.
func compareKeys(a, b []byte) int { return bytes.Compare(a, b) }

// fold is the identity of a name in a folder: file systems that ignore case
// cannot hold JSONStream beside jsonstream.
func fold(name string) string {
	for i := range len(name) {
		if c := name[i]; c >= 'A' && c <= 'Z' {
			return strings.ToLower(name)
		}
	}
	return name
}

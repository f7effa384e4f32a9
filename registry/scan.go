package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// The scanner finds where the members of a JSON object begin and end without
// looking into them. It checks that strings end and brackets balance, no
// more: whoever decodes a span checks the rest. Being a tenth of the work of
// a decoder it keeps a 1.8 MB document under 5 ms.

// maxDepth bounds nesting; encoding/json would go to 10,000.
const maxDepth = 512

var (
	errTruncated = errors.New("ends in the middle")
	errDepth     = fmt.Errorf("nested deeper than %d", maxDepth)
)

// span is one member of an object: its key with the quotes, and its value.
type span struct{ key, value []byte }

// name returns the key unquoted, as a decoder would: what is no UTF-8 as U+FFFD.
func (s span) name() (string, error) {
	if name, ok := plain(s.key); ok {
		return name, nil
	}
	var out string
	err := json.Unmarshal(s.key, &out)
	return out, err
}

// document is where the parts of a package document are; of a repeated key
// the last counts, as in JavaScript.
type document struct {
	name, tags, time []byte
	versions         []span
}

func scanDocument(data []byte) (document, error) {
	var doc document
	return doc, whole(data, func(key []byte, at int) (int, error) {
		if string(key) == `"versions"` {
			return doc.scanVersions(data, at)
		}
		end, err := skipValue(data, at)
		if err != nil {
			return 0, err
		}
		switch value := data[at:end:end]; string(key) {
		case `"name"`:
			doc.name = value
		case `"dist-tags"`:
			doc.tags = value
		case `"time"`:
			doc.time = value
		}
		return end, nil
	})
}

func (doc *document) scanVersions(data []byte, at int) (int, error) {
	doc.versions = make([]span, 0, 16+(len(data)-at)/2048)
	return scanObject(data, at, collect(data, &doc.versions))
}

// member returns the value of one member of an object, nil when it has none.
// It is for a handful of questions on a short object, with keys that need no
// escapes.
func member(object []byte, key string) []byte {
	if !bytes.Contains(object, []byte(key)) {
		return nil
	}
	found, err := members(object, nil)
	if err != nil {
		return nil
	}
	for i := len(found) - 1; i >= 0; i-- {
		if k := found[i].key; string(k[1:len(k)-1]) == key {
			return found[i].value
		}
	}
	return nil
}

// members appends the members of the object that is all of data.
func members(data []byte, out []span) ([]span, error) {
	err := whole(data, collect(data, &out))
	return out, err
}

// A visitor is told a key (with its quotes) and where its value begins, and
// returns where the value ends.
type visitor func(key []byte, at int) (end int, err error)

func collect(data []byte, out *[]span) visitor {
	return func(key []byte, at int) (int, error) {
		end, err := skipValue(data, at)
		if err == nil {
			*out = append(*out, span{key: key, value: data[at:end:end]})
		}
		return end, err
	}
}

// whole scans the object that is all of data.
func whole(data []byte, visit visitor) error {
	end, err := scanObject(data, skipSpace(data, 0), visit)
	if err != nil {
		return err
	}
	if end = skipSpace(data, end); end < len(data) {
		return fmt.Errorf("unexpected %q at byte %d after the object", data[end], end)
	}
	return nil
}

// scanObject scans the object that begins at i and returns where it ends.
func scanObject(data []byte, i int, visit visitor) (int, error) {
	if i == len(data) || data[i] != '{' {
		return 0, errors.New("not an object")
	}
	i = skipSpace(data, i+1)
	if i < len(data) && data[i] == '}' {
		return i + 1, nil
	}
	for {
		next, err := scanMember(data, i, visit)
		if err != nil {
			return 0, err
		}
		i = skipSpace(data, next)
		switch {
		case i == len(data):
			return 0, errTruncated
		case data[i] == '}':
			return i + 1, nil
		case data[i] != ',':
			return 0, fmt.Errorf("unexpected %q at byte %d", data[i], i)
		}
		i = skipSpace(data, i+1)
	}
}

// scanMember reads `"key": value` from i on and returns where it ended.
func scanMember(data []byte, i int, visit visitor) (int, error) {
	if i == len(data) {
		return 0, errTruncated
	}
	if data[i] != '"' {
		return 0, fmt.Errorf("key expected at byte %d", i)
	}
	end := skipString(data, i)
	if end < 0 {
		return 0, errTruncated
	}
	colon := skipSpace(data, end)
	if colon == len(data) || data[colon] != ':' {
		return 0, fmt.Errorf("colon expected at byte %d", colon)
	}
	return visit(data[i:end:end], skipSpace(data, colon+1))
}

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\r' || data[i] == '\t') {
		i++
	}
	return i
}

// skipString returns the index after the string that begins at i, or -1.
func skipString(data []byte, i int) int {
	i++
	for {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			return -1
		}
		i += n + 1
		if data[i-2] != '\\' || !escaped(data, i-1) {
			return i
		}
	}
}

// escaped reports whether an odd number of backslashes stands before i. The
// string's own opening quote ends the run.
func escaped(data []byte, i int) bool {
	n := 0
	for data[i-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// skipValue returns the index after the value that begins at i.
func skipValue(data []byte, i int) (int, error) {
	if i >= len(data) {
		return 0, errTruncated
	}
	switch data[i] {
	case '"':
		if i = skipString(data, i); i < 0 {
			return 0, errTruncated
		}
		return i, nil
	case '{', '[':
		return skipNested(data, i)
	}
	start := i
	for i < len(data) && isLiteral(data[i]) {
		i++
	}
	if i == start {
		return 0, fmt.Errorf("value expected at byte %d", i)
	}
	return i, nil
}

// isLiteral holds for the bytes of numbers, true, false and null.
func isLiteral(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E'
}

// skipNested returns the index after the object or array that begins at i.
func skipNested(data []byte, i int) (int, error) {
	depth := 0
	for i < len(data) {
		switch data[i] {
		case '"':
			if i = skipString(data, i); i < 0 {
				return 0, errTruncated
			}
			continue
		case '{', '[':
			if depth++; depth > maxDepth {
				return 0, errDepth
			}
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, nil
			}
		}
		i++
	}
	return 0, errTruncated
}

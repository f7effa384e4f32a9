package registry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// canonical writes JSON in one form only: object keys sorted by their UTF-8
// bytes, no white space, strings with the shortest escapes (RFC 8785 §3.2.2.2:
// `\"`, `\\`, `\b \f \n \r \t`, `\u00xx` for other control characters, all else
// as it is; invalid UTF-8 as U+FFFD).
type canonical struct {
	buf []byte
	// comma holds that the innermost object or array has a member already.
	comma bool
	// base is what addresses of tarballs begin with; empty in an index, which
	// has none.
	base string
}

func (c *canonical) open(bracket byte) {
	c.buf = append(c.buf, bracket)
	c.comma = false
}

func (c *canonical) close(bracket byte) {
	c.buf = append(c.buf, bracket)
	c.comma = true
}

// item begins an element of an array.
func (c *canonical) item() {
	if c.comma {
		c.buf = append(c.buf, ',')
	}
	c.comma = true
}

// key begins a member; the caller brings the keys in order.
func (c *canonical) key(name string) {
	c.item()
	c.buf = append(appendString(c.buf, name), ':')
}

func (c *canonical) string(key, value string) {
	if value == "" {
		return
	}
	c.key(key)
	c.buf = appendString(c.buf, value)
}

func (c *canonical) int(key string, value int64) {
	if value == 0 {
		return
	}
	c.key(key)
	c.buf = strconv.AppendInt(c.buf, value, 10)
}

func (c *canonical) true(key string, value bool) {
	if !value {
		return
	}
	c.key(key)
	c.buf = append(c.buf, "true"...)
}

// strings writes an array; nothing when it is empty.
func (c *canonical) strings(key string, values []string) {
	if len(values) == 0 {
		return
	}
	c.key(key)
	c.open('[')
	for _, v := range values {
		c.item()
		c.buf = appendString(c.buf, v)
	}
	c.close(']')
}

// stringMap writes an object; nothing when it is empty.
func (c *canonical) stringMap(key string, values map[string]string) {
	if len(values) == 0 {
		return
	}
	c.key(key)
	c.open('{')
	for _, k := range slices.Sorted(maps.Keys(values)) {
		c.key(k)
		c.buf = appendString(c.buf, values[k])
	}
	c.close('}')
}

// raw writes JSON of any shape in canonical form; nothing for none or null.
func (c *canonical) raw(key string, data []byte) error {
	if len(data) == 0 || bytes.Equal(data, []byte("null")) {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("%s: more than one value", key)
	}
	c.key(key)
	c.any(v)
	return nil
}

func (c *canonical) any(v any) {
	switch v := v.(type) {
	case nil:
		c.buf = append(c.buf, "null"...)
	case bool:
		c.buf = strconv.AppendBool(c.buf, v)
	case json.Number:
		c.buf = append(c.buf, v...)
	case string:
		c.buf = appendString(c.buf, v)
	case []any:
		c.open('[')
		for _, e := range v {
			c.item()
			c.any(e)
		}
		c.close(']')
	case map[string]any:
		c.open('{')
		for _, k := range slices.Sorted(maps.Keys(v)) {
			c.key(k)
			c.any(v[k])
		}
		c.close('}')
	}
}

func appendString(buf []byte, s string) []byte {
	buf = append(buf, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		n := 1
		if c >= utf8.RuneSelf {
			var r rune
			if r, n = utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
		}
		buf = appendEscape(append(buf, s[start:i]...), c)
		i += n
		start = i
	}
	return append(append(buf, s[start:]...), '"')
}

// appendEscape writes a byte that cannot stand in a string as it is.
func appendEscape(buf []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(buf, '\\', c)
	case '\b':
		return append(buf, `\b`...)
	case '\f':
		return append(buf, `\f`...)
	case '\n':
		return append(buf, `\n`...)
	case '\r':
		return append(buf, `\r`...)
	case '\t':
		return append(buf, `\t`...)
	}
	if c >= utf8.RuneSelf {
		return append(buf, "\ufffd"...)
	}
	return fmt.Appendf(buf, `\u%04x`, c)
}

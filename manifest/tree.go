package manifest

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// node is a JSON value with its place in the text, which editing and error
// messages need and encoding/json does not tell.
type node struct {
	kind       byte // one of { [ " 0 t n
	start, end int
	members    []member // of an object
	items      []node   // of an array
}

type member struct {
	key        string
	start, end int // of the key, quotes included
	value      node
}

// tree reads a whole document. The text must be valid JSON, but for a byte
// order mark at its start; see checkJSON.
func tree(data []byte) node {
	s := scanner{data: data, pos: len(data) - len(trimBOM(data))}
	return s.value()
}

// checkJSON tells where a text is not a JSON object.
func checkJSON(data []byte, path string) error {
	text := trimBOM(data)
	var raw json.RawMessage
	err := json.Unmarshal(text, &raw)
	if err == nil && firstByte(text) != '{' {
		err = errNotObject
	}
	if err != nil {
		return syntaxError(path, text, err)
	}
	return nil
}

type scanner struct {
	data []byte
	pos  int
}

// space skips white space and returns the byte after it.
func (s *scanner) space() byte {
	for strings.IndexByte(" \t\r\n", s.data[s.pos]) >= 0 {
		s.pos++
	}
	return s.data[s.pos]
}

func (s *scanner) value() node {
	c := s.space()
	n := node{kind: c, start: s.pos}
	switch c {
	case '{':
		n.members = s.object()
	case '[':
		n.items = s.array()
	case '"':
		s.text()
	default:
		s.scalar()
		switch {
		case c == '-' || '0' <= c && c <= '9':
			n.kind = '0'
		case c == 'f':
			n.kind = 't'
		}
	}
	n.end = s.pos
	return n
}

func (s *scanner) object() []member {
	var members []member
	for s.pos++; s.space() != '}'; {
		if s.data[s.pos] == ',' {
			s.pos++
			s.space()
		}
		m := member{start: s.pos}
		m.key = s.text()
		m.end = s.pos
		s.space()
		s.pos++ // the colon
		m.value = s.value()
		members = append(members, m)
	}
	s.pos++
	return members
}

func (s *scanner) array() []node {
	var items []node
	for s.pos++; s.space() != ']'; {
		if s.data[s.pos] == ',' {
			s.pos++
		}
		items = append(items, s.value())
	}
	s.pos++
	return items
}

func (s *scanner) text() string {
	start := s.pos
	s.pass()
	return decodeString(s.data[start:s.pos])
}

func (s *scanner) scalar() {
	for s.pos < len(s.data) && strings.IndexByte(" \t\r\n,]}", s.data[s.pos]) < 0 {
		s.pos++
	}
}

func decodeString(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	if utf8.Valid(inner) && strings.IndexByte(string(inner), '\\') < 0 {
		return string(inner)
	}
	var text string
	_ = json.Unmarshal(quoted, &text) // valid: see checkJSON
	return text
}

// get returns the last member of a name, which is the one that counts, and
// its index, or -1.
func (n node) get(key string) (node, int) {
	for i := len(n.members) - 1; i >= 0; i-- {
		if n.members[i].key == key {
			return n.members[i].value, i
		}
	}
	return node{}, -1
}

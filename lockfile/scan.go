package lockfile

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep values may nest; lockfiles need four levels.
const maxDepth = 64

// scanner is a pull parser for JSON. A general decoder would neither notice
// repeated or miscased keys nor say where in the file a value is, and the time
// of reading a lockfile is the time of a warm install; strings without escapes
// are cut out of the text without copying.
type scanner struct {
	text  string
	pos   int
	depth int
}

func newScanner(text string) (*scanner, error) {
	s := &scanner{text: strings.TrimPrefix(text, "\xef\xbb\xbf")}
	if !utf8.ValidString(s.text) {
		s.pos = invalidUTF8(s.text)
		return nil, s.syntax("invalid UTF-8")
	}
	return s, nil
}

func invalidUTF8(text string) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(text)
}

// position returns line and column of an offset, from 1.
func (s *scanner) position(pos int) (line, column int) {
	before := s.text[:pos]
	line = 1 + strings.Count(before, "\n")
	return line, pos - strings.LastIndexByte(before, '\n')
}

func (s *scanner) syntax(msg string) error {
	if s.pos >= len(s.text) {
		s.pos = len(s.text)
		msg = "file ends too early: " + msg
	}
	line, column := s.position(s.pos)
	return &SyntaxError{line, column, msg}
}

// fieldAt makes the error about the value that begins at pos.
func (s *scanner) fieldAt(pos int, location, field, msg string) error {
	line, column := s.position(pos)
	return &FieldError{line, column, location, field, msg}
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for ; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; c {
		case ' ', '\n', '\t', '\r':
		default:
			return c
		}
	}
	return 0
}

// take consumes c, or fails.
func (s *scanner) take(c byte, what string) error {
	if s.peek() != c {
		return s.syntax(what)
	}
	s.pos++
	return nil
}

// end fails unless only white space is left.
func (s *scanner) end() error {
	if s.peek() != 0 || s.pos < len(s.text) {
		return s.syntax("unexpected text after the end of the object")
	}
	return nil
}

func (s *scanner) enter() error {
	if s.depth++; s.depth > maxDepth {
		return s.syntax("values nested too deep")
	}
	return nil
}

// object calls member for each key, which must consume the value.
func (s *scanner) object(member func(key string) error) error {
	if err := s.take('{', "expected an object"); err != nil {
		return err
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer func() { s.depth-- }()
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	for {
		if s.peek() != '"' {
			return s.syntax("expected a quoted key")
		}
		key, err := s.string()
		if err != nil {
			return err
		}
		if err := s.take(':', "expected ':' after a key"); err != nil {
			return err
		}
		if err := member(key); err != nil {
			return err
		}
		if more, err := s.more('}'); !more {
			return err
		}
	}
}

// array calls element for each element, which must consume it.
func (s *scanner) array(element func() error) error {
	if err := s.take('[', "expected an array"); err != nil {
		return err
	}
	if err := s.enter(); err != nil {
		return err
	}
	defer func() { s.depth-- }()
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if more, err := s.more(']'); !more {
			return err
		}
	}
}

// more consumes a comma (true) or the closing bracket.
func (s *scanner) more(closing byte) (bool, error) {
	switch s.peek() {
	case ',':
		s.pos++
		return true, nil
	case closing:
		s.pos++
		return false, nil
	}
	return false, s.syntax("expected ',' or '" + string(rune(closing)) + "'")
}

// string consumes a string.
func (s *scanner) string() (string, error) {
	if err := s.take('"', "expected a string"); err != nil {
		return "", err
	}
	start := s.pos
	for ; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; {
		case c == '"':
			s.pos++
			return s.text[start : s.pos-1], nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			return "", s.syntax("control character in a string")
		}
	}
	return "", s.syntax("string without an end")
}

// escaped consumes the rest of a string that has escapes.
func (s *scanner) escaped(start int) (string, error) {
	for ; s.pos < len(s.text) && s.text[s.pos] != '"'; s.pos++ {
		if s.text[s.pos] == '\\' {
			s.pos++
		}
	}
	if s.pos >= len(s.text) {
		return "", s.syntax("string without an end")
	}
	s.pos++
	var v string
	if err := json.Unmarshal([]byte(s.text[start-1:s.pos]), &v); err != nil {
		s.pos = start - 1
		return "", s.syntax("string with an invalid escape or control character")
	}
	return v, nil
}

// literal consumes true, false or null.
func (s *scanner) literal() (string, error) {
	s.peek()
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(s.text[s.pos:], word) {
			s.pos += len(word)
			return word, nil
		}
	}
	return "", s.syntax("expected a value")
}

// number consumes a number and returns its text.
func (s *scanner) number() (string, error) {
	s.peek()
	start := s.pos
	for s.pos < len(s.text) && strings.IndexByte("+-.0123456789eE", s.text[s.pos]) >= 0 {
		s.pos++
	}
	if text := s.text[start:s.pos]; json.Valid([]byte(text)) {
		return text, nil
	}
	s.pos = start
	return "", s.syntax("expected a number")
}

// integer consumes a number that must be a whole one, and not more than most;
// ok is false when it is not.
func (s *scanner) integer(most uint64) (n uint64, ok bool, err error) {
	text, err := s.number()
	if err != nil {
		return 0, false, err
	}
	n, convErr := strconv.ParseUint(text, 10, 64)
	return n, convErr == nil && n <= most, nil
}

// skip consumes any value.
func (s *scanner) skip() error {
	switch c := s.peek(); {
	case c == '{':
		return s.object(func(string) error { return s.skip() })
	case c == '[':
		return s.array(s.skip)
	case c == '"':
		_, err := s.string()
		return err
	case c == '-' || c >= '0' && c <= '9':
		_, err := s.number()
		return err
	}
	_, err := s.literal()
	return err
}

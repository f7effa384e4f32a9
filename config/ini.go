package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Entry is one line of an rc file: key = value.
type Entry struct {
	Key, Value string
	// Array is set for "key[] = value"; Key is without the brackets.
	Array bool
	// Bare is set for a key without "=", which means true.
	Bare bool
	// Section is the [section] above the line; rc files normally have none.
	Section string
	// Line counts from 1.
	Line int
}

// SyntaxError says where a file is not an rc file.
type SyntaxError struct {
	File string // empty when the text came from no file
	Line int
	Msg  string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d: %s", orNPMRC(e.File), e.Line, e.Msg)
}

func orNPMRC(file string) string {
	if file == "" {
		return ".npmrc"
	}
	return file
}

// ParseRC reads npm's dialect of INI, as its ini package does: ";" and "#"
// begin comments unless escaped by a backslash or in quotes, quoted values are
// JSON strings, "key[]" collects an array, a key alone is true. Variables are
// not expanded. What that package skips without a word (a line without a key)
// is a *SyntaxError here; so are text that is not UTF-8, and NUL.
func ParseRC(data []byte) ([]Entry, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	var entries []Entry
	section := ""
	for i, line := range rcLines(string(data)) {
		e, err := parseLine(line)
		if err != nil {
			return nil, &SyntaxError{Line: i + 1, Msg: err.Error()}
		}
		switch {
		case e.Section != "":
			section = e.Section
		case e.Key != "":
			e.Section, e.Line = section, i+1
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// lineEnd is what ends the lines of a text.
func lineEnd(data []byte) string {
	if bytes.Contains(data, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// rcLines splits at \n, \r\n and \r.
func rcLines(text string) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
}

// parseLine reads one line; for a blank one and a comment the entry is zero,
// for a [section] only Section is set.
func parseLine(line string) (Entry, error) {
	trimmed := strings.TrimSpace(line)
	switch {
	case !utf8.ValidString(line):
		return Entry{}, fmt.Errorf("not UTF-8 text")
	case strings.ContainsRune(line, 0):
		return Entry{}, fmt.Errorf("a NUL character")
	case trimmed == "" || trimmed[0] == ';' || trimmed[0] == '#':
		return Entry{}, nil
	}
	if name, ok := sectionName(line); ok {
		return Entry{Section: name}, nil
	}
	key, val, hasValue := strings.Cut(line, "=")
	e := Entry{Key: unquote(key), Value: unquote(val), Bare: !hasValue}
	if rest, ok := strings.CutSuffix(e.Key, "[]"); ok && rest != "" {
		e.Key, e.Array = rest, true
	}
	if e.Key == "" {
		return Entry{}, fmt.Errorf("a value without a key")
	}
	if e.Bare {
		e.Value = "true"
	}
	return e, nil
}

func sectionName(line string) (string, bool) {
	line = strings.TrimRight(line, " \t")
	if !strings.HasPrefix(line, "[") || !strings.HasSuffix(line, "]") {
		return "", false
	}
	name := line[1 : len(line)-1]
	if strings.Contains(name, "]") {
		return "", false
	}
	return "[" + name + "]", true
}

// unquote reads a key or a value: quoted, or up to a comment.
func unquote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) == 0 {
		return s
	}
	last := s[len(s)-1]
	switch {
	case s[0] == '"' && last == '"':
		return jsonText(s)
	case s[0] == '\'' && last == '\'':
		return jsonText(s[min(1, len(s)-1):max(len(s)-1, min(1, len(s)-1))])
	}
	return strings.TrimSpace(uncomment(s))
}

// jsonText decodes a JSON string; anything else stays as it is.
func jsonText(s string) string {
	var text string
	if json.Unmarshal([]byte(s), &text) != nil {
		return s
	}
	return text
}

// uncomment cuts at the first ";" or "#" without a backslash before it, and
// removes the backslashes before those and before another backslash.
func uncomment(s string) string {
	var b strings.Builder
	escaped := false
	for _, c := range []byte(s) {
		special := c == ';' || c == '#' || c == '\\'
		switch {
		case escaped:
			if !special {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
			escaped = false
		case c == '\\':
			escaped = true
		case special:
			return b.String()
		default:
			b.WriteByte(c)
		}
	}
	if escaped {
		b.WriteByte('\\')
	}
	return b.String()
}

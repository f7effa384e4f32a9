package manifest

import (
	"strings"
	"unicode/utf8"
)

// Metadata of a registry is mostly objects of short plain strings, thousands
// of them an install; the functions of this file read those in one pass. What
// has an escape or anything else unusual is left to encoding/json.

// plainObject reads {"a":"b",…} of plain strings; false when it is anything
// else.
func plainObject(data []byte) (map[string]string, bool) {
	text := string(data) // the strings below share its memory
	if !utf8.ValidString(text) {
		return nil, false
	}
	rest, ok := strings.CutPrefix(skipSpace(text), "{")
	if !ok {
		return nil, false
	}
	m := make(map[string]string, strings.Count(text, ":"))
	if rest = skipSpace(rest); rest == "}" {
		return m, true
	}
	for {
		var key, val string
		var next byte
		if key, rest, next = plainString(rest); next != ':' {
			return nil, false
		}
		val, rest, next = plainString(rest)
		switch {
		case next == ',':
		case next != '}' || rest != "":
			return nil, false
		}
		m[key] = val
		if next == '}' {
			return m, true
		}
	}
}

// plainString reads a string without escapes, the byte after it and what
// follows; next is 0 when there is no such string.
func plainString(text string) (s, rest string, next byte) {
	if text == "" || text[0] != '"' {
		return "", "", 0
	}
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' || c < ' ':
			return "", "", 0
		case c == '"':
			if rest = skipSpace(text[i+1:]); rest == "" {
				return "", "", 0
			}
			return text[1:i], skipSpace(rest[1:]), rest[0]
		}
	}
	return "", "", 0
}

func skipSpace(text string) string { return strings.TrimLeft(text, " \t\r\n") }

package foreign

import (
	"strconv"
	"strings"
)

// Yarn 1 writes a format of its own, which looks like YAML and is not: a line
// is a key that ends in a colon and has members below it, indented by two more
// blanks, or a key and a value with a blank between. Keys and values are bare or
// JSON strings; a key can be several, separated by commas.

// symlEntry is one top-level key of the file.
type symlEntry struct {
	line int
	// keys are the patterns, "a@^1.0.0", that the entry answers.
	keys   []string
	values map[string]string
	// groups are the members with members: dependencies.
	groups map[string]map[string]string
}

// maxSYML is how deep a line may be indented, in steps.
const maxSYML = 2

// symlReader reads line by line.
type symlReader struct {
	file    string
	line    int
	entries []*symlEntry
	entry   *symlEntry
	group   map[string]string
}

func parseSYML(file string, data []byte) ([]*symlEntry, error) {
	r := &symlReader{file: file}
	for line := range strings.Lines(string(data)) {
		r.line++
		line = strings.TrimRight(line, "\r\n")
		if text := strings.TrimLeft(line, " "); text == "" || text[0] == '#' {
			continue
		}
		if err := r.take(line); err != nil {
			return nil, err
		}
	}
	return r.entries, nil
}

func (r *symlReader) fail(msg string) error { return &Error{File: r.file, Line: r.line, Msg: msg} }

func (r *symlReader) take(line string) error {
	text := strings.TrimLeft(line, " ")
	blanks := len(line) - len(text)
	depth := blanks / 2
	if blanks%2 != 0 || depth > maxSYML {
		return r.fail("is indented by " + strconv.Itoa(blanks) + " blanks")
	}
	words, opens, err := r.words(text)
	switch {
	case err != nil:
		return err
	case depth == 0 && opens:
		r.entry = &symlEntry{line: r.line, keys: words, values: make(map[string]string), groups: make(map[string]map[string]string)}
		r.entries = append(r.entries, r.entry)
		r.group = nil
	case depth == 1 && r.entry != nil && opens && len(words) == 1:
		if r.entry.groups[words[0]] != nil {
			return r.fail(words[0] + " is there twice")
		}
		r.group = make(map[string]string)
		r.entry.groups[words[0]] = r.group
	case depth == 1 && r.entry != nil && !opens && len(words) == 2:
		return r.put(r.entry.values, words)
	case depth == 2 && r.group != nil && !opens && len(words) == 2:
		return r.put(r.group, words)
	default:
		return r.fail("is not what Yarn writes here")
	}
	return nil
}

func (r *symlReader) put(m map[string]string, words []string) error {
	if _, twice := m[words[0]]; twice {
		return r.fail(words[0] + " is there twice")
	}
	m[words[0]] = words[1]
	return nil
}

// words splits a line, and tells whether it ends in a colon.
func (r *symlReader) words(text string) (words []string, opens bool, err error) {
	for text = strings.TrimSpace(text); text != ""; {
		var word string
		if text[0] == '"' {
			quoted, err := strconv.QuotedPrefix(text)
			if err != nil {
				return nil, false, r.fail("has a string without an end")
			}
			if word, err = strconv.Unquote(quoted); err != nil {
				return nil, false, r.fail("has a malformed string")
			}
			text = text[len(quoted):]
		} else {
			end := bareEnd(text)
			if end == 0 {
				return nil, false, r.fail("has a comma or colon out of place")
			}
			word, text = text[:end], text[end:]
		}
		words = append(words, word)
		if text == ":" {
			return words, true, nil
		}
		text = strings.TrimLeft(strings.TrimPrefix(text, ","), " ")
	}
	return words, false, nil
}

// bareEnd is where a bare word ends: before a blank, a comma, or the colon at
// the end of the line.
func bareEnd(text string) int {
	end := strings.IndexAny(text, " ,")
	if end < 0 {
		end = len(text)
		if text[end-1] == ':' {
			end--
		}
	}
	return end
}

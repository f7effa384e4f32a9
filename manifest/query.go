package manifest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// QueryError says why a place in package.json cannot be named, read or
// changed. Code is npm's.
type QueryError struct {
	Query, Problem, Code string
}

func (e *QueryError) Error() string { return fmt.Sprintf("%s: %s", e.Query, e.Problem) }

// Query is a place in package.json in npm's syntax: "scripts.test",
// "contributors[0].name", "exports[./x.js]" where the key has dots in it, and
// "keywords[]" for a new element.
type Query struct {
	text  string
	steps []step
}

// step is one key; in brackets it may be an index too, and of a new element
// there is none.
type step struct {
	key string
	new bool
}

// maxQuery bounds a query, in bytes and so in steps, of which each may become
// a level of the document.
const maxQuery = 1 << 10

// ParseQuery reads a query. The error is a *QueryError.
func ParseQuery(text string) (Query, error) {
	q := Query{text: text}
	rest := strings.TrimSpace(text)
	if rest == "" || len(rest) > maxQuery || !utf8.ValidString(rest) {
		return q, &QueryError{text, "it is empty, too long or not UTF-8", "EINVALIDSYNTAX"}
	}
	for rest != "" {
		var s step
		if inside, ok := strings.CutPrefix(rest, "["); ok {
			key, after, closed := strings.Cut(inside, "]")
			if !closed {
				return q, &QueryError{text, "a bracket is not closed", "EINVALIDSYNTAX"}
			}
			s, rest = step{key, key == ""}, strings.TrimPrefix(after, ".")
		} else {
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			s, rest = step{key: rest[:end]}, strings.TrimPrefix(rest[end:], ".")
		}
		if slices.Contains([]string{"__proto__", "constructor", "prototype"}, s.key) {
			return q, &QueryError{text, "programs that read package.json must not come by the key " + s.key, "EFORBIDDENKEY"}
		}
		q.steps = append(q.steps, s)
	}
	return q, nil
}

// With is the query for a key of what q finds, whatever the key.
func (q Query) With(key string) Query {
	return Query{text: q.text + "[" + key + "]", steps: append(slices.Clone(q.steps), step{key: key})}
}

// FieldQuery is the query for a top-level field, whatever its name.
func FieldQuery(name string) Query { return Query{text: name, steps: []step{{key: name}}} }

// index is the place of an element that a step means.
func (s step) index() (int, bool) {
	i, err := strconv.Atoi(s.key)
	return i, err == nil && i >= 0 && !s.new
}

// Value is what a query found. Its name is the query, or of an element that
// the query does not name by itself (contributors.name) also which one.
type Value struct {
	Name string
	JSON json.RawMessage
}

// Get returns what is at a place: nothing when there is no such place, several
// values where a key is asked of a list of objects.
func (f *File) Get(q Query) ([]Value, error) {
	at, label := tree(f.data), ""
	for i, s := range q.steps {
		if s.new {
			return nil, &QueryError{q.text, "empty brackets are not valid syntax for retrieving values", "EINVALIDSYNTAX"}
		}
		if index, ok := s.index(); at.kind == '[' && !ok {
			return f.getEach(at, label, q.steps[i:]), nil
		} else if at.kind == '[' && index < len(at.items) {
			at = at.items[index]
		} else if value, j := at.get(s.key); j >= 0 {
			at = value
		} else {
			return nil, nil
		}
		label = join(label, s)
	}
	return []Value{{q.text, f.text(at)}}, nil
}

// getEach asks each element of a list for what the steps lead to.
func (f *File) getEach(list node, label string, steps []step) []Value {
	var out []Value
	for i, at := range list.items {
		name, found := fmt.Sprintf("%s[%d]", label, i), 0
		for _, s := range steps {
			if at, found = at.get(s.key); found < 0 {
				break
			}
			name = join(name, s)
		}
		if found >= 0 {
			out = append(out, Value{name, f.text(at)})
		}
	}
	return out
}

func (f *File) text(n node) json.RawMessage { return f.data[n.start:n.end] }

func join(label string, s step) string {
	_, index := s.index()
	switch {
	case index || strings.Contains(s.key, "."):
		return label + "[" + s.key + "]"
	case label == "":
		return s.key
	}
	return label + "." + s.key
}

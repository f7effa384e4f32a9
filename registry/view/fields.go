package view

import (
	"fmt"
	"strconv"
	"strings"
)

// Field is a value that was found under a path.
type Field struct {
	Path  string
	Value any
}

// Lookup finds the value of a path: names with dots between, and in brackets
// what may have dots itself or is an index. After a list a name is that of each
// of its elements, and gives a field for each. A list of one stands for its
// element, unless lists are to be kept.
func Lookup(in map[string]any, path string, keep bool) ([]Field, error) {
	keys, err := split(path)
	if err != nil {
		return nil, err
	}
	var at any = in
	label := ""
	for _, key := range keys {
		switch v := at.(type) {
		case []any:
			i, isIndex := index(key)
			if !isIndex {
				return each(v, label, key), nil
			}
			if i < 0 || i >= len(v) {
				return nil, nil
			}
			at = v[i]
		case map[string]any:
			next, ok := v[key]
			if !ok {
				return nil, nil
			}
			at = next
		default:
			return nil, nil
		}
		label += key
	}
	if list, ok := at.([]any); ok && !keep && len(list) <= 1 {
		if len(list) == 0 {
			return nil, nil
		}
		at = list[0]
	}
	return []Field{{path, at}}, nil
}

func index(key string) (int, bool) {
	i, err := strconv.Atoi(key)
	return i, err == nil
}

// each is a field of every element of a list.
func each(list []any, label, key string) []Field {
	var fields []Field
	for i, element := range list {
		if object, ok := element.(map[string]any); ok && object[key] != nil {
			fields = append(fields, Field{fmt.Sprintf("%s[%d].%s", label, i, key), object[key]})
		}
	}
	return fields
}

// split separates a path into its keys.
func split(path string) ([]string, error) {
	var keys []string
	rest := strings.TrimSpace(path)
	for rest != "" {
		before, after, found := strings.Cut(rest, "[")
		if before = strings.TrimSuffix(before, "."); before != "" {
			keys = append(keys, strings.Split(before, ".")...)
		}
		if !found {
			break
		}
		key, next, closed := strings.Cut(after, "]")
		if !closed || key == "" {
			return nil, &PathError{Path: path}
		}
		keys = append(keys, key)
		rest = strings.TrimPrefix(next, ".")
	}
	return keys, nil
}

// PathError says that a path cannot be understood.
type PathError struct{ Path string }

func (e *PathError) Error() string { return fmt.Sprintf("%q names no value", e.Path) }

// Code is npm's.
func (e *PathError) Code() string { return "EINVALIDSYNTAX" }

// Hint says how paths look.
func (e *PathError) Hint() string {
	return "paths look like dist.tarball, maintainers[0].name, time[1.0.0]"
}

// Tidy writes people, who are objects of a name with an address, as one text.
func Tidy(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = Tidy(v[i])
		}
		return out
	case map[string]any:
		if text, ok := person(v); ok {
			return text
		}
	}
	return v
}

func person(v map[string]any) (string, bool) {
	name, _ := v["name"].(string)
	email, _ := v["email"].(string)
	url, _ := v["url"].(string)
	known := 1
	for _, text := range [...]string{email, url} {
		if text != "" {
			known++
		}
	}
	if name == "" || len(v) != known {
		return "", false
	}
	return Person(name, email, url), true
}

// Person is npm's way of writing somebody: name <email> (url).
func Person(name, email, url string) string {
	if email != "" {
		name += " <" + email + ">"
	}
	if url != "" {
		name += " (" + url + ")"
	}
	return name
}

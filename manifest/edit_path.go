package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Put sets the value at a place to a JSON text, making what is missing on the
// way: a list where the next step is an index or a new element, otherwise an
// object. What is there and is neither is only replaced when forced, and only
// then does a list become an object, when it is given a key. The error is a
// *QueryError.
func (f *File) Put(q Query, value json.RawMessage, force bool) error {
	at, value := tree(f.data), json.RawMessage(bytes.TrimSpace(value))
	for i, s := range q.steps {
		last := i == len(q.steps)-1
		if err := f.checkStep(q, i, at, force); err != nil {
			return err
		}
		next, there := at.step(s)
		if there && !last && (next.kind == '{' || next.kind == '[') {
			at = next
			continue
		}
		text := build(q.steps[i+1:], value)
		if there && !last && next.kind != 'n' && !force {
			return &QueryError{q.text, s.key + " already exists and is neither an array nor an object", "EOVERRIDEVALUE"}
		}
		return f.place(q, at, i, s, text)
	}
	return nil
}

// checkStep refuses a step that the value it starts from cannot make.
func (f *File) checkStep(q Query, i int, at node, force bool) error {
	s := q.steps[i]
	_, index := s.index()
	switch {
	case s.new && at.kind == '{' && len(at.members) > 0:
		return &QueryError{q.text, "an element can be appended to an array alone", "ENOAPPEND"}
	case at.kind == '[' && len(at.items) > 0 && !index && !s.new && !force:
		return &QueryError{q.text, "a property cannot be added to an array", "ENOADDPROP"}
	}
	return nil
}

// step is the value that a step leads to.
func (n node) step(s step) (node, bool) {
	if n.kind == '[' {
		i, ok := s.index()
		if !ok || i >= len(n.items) {
			return node{}, false
		}
		return n.items[i], true
	}
	value, i := n.get(s.key)
	return value, i >= 0 && !s.new
}

// place writes a value into an object or a list that is at a depth.
func (f *File) place(q Query, at node, depth int, s step, text string) error {
	l := f.layout()
	index, ok := s.index()
	elements := ok || s.new
	switch {
	case elements && len(at.items) == 0 && len(at.members) == 0 && depth > 0:
		if index > 0 {
			return holeError(q)
		}
		f.apply(edit{at.start, at.end, l.indented("["+text+"]", depth)})
	case at.kind == '[' && !elements:
		f.apply(edit{at.start, at.end, l.indented(f.asObject(at, s.key, text), depth)})
	case at.kind == '[' && ok && index < len(at.items):
		old := at.items[index]
		f.apply(edit{old.start, old.end, l.indented(text, depth+1)})
	case at.kind == '[' && ok && index > len(at.items):
		return holeError(q)
	case at.kind == '[':
		last := at.items[len(at.items)-1]
		before := at.start + 1
		if len(at.items) > 1 {
			before = at.items[len(at.items)-2].end
		}
		f.apply(edit{last.end, last.end, "," + trailingSpace(f.data[before:last.start]) + l.indented(text, depth+1)})
	default:
		f.apply(l.put(at, depth, s.key, l.indented(text, depth+1), false))
	}
	if depth == 1 && isGroup(q.steps[0].key) {
		f.sortGroups()
	}
	return nil
}

func isGroup(field string) bool {
	for _, group := range groups() {
		if group == field {
			return true
		}
	}
	return false
}

func holeError(q Query) error {
	return &QueryError{q.text, "the elements before it are missing; [] appends one", "EINVALIDSYNTAX"}
}

// asObject is a list as an object with the indexes as keys, and one more key.
func (f *File) asObject(list node, key, text string) string {
	var b strings.Builder
	for i, item := range list.items {
		fmt.Fprintf(&b, "%q:%s,", fmt.Sprint(i), f.text(item))
	}
	return "{" + b.String() + quote(key) + ":" + text + "}"
}

// build wraps a value in what the steps to it ask for.
func build(steps []step, value json.RawMessage) string {
	text := string(value)
	for i := len(steps) - 1; i >= 0; i-- {
		if index, ok := steps[i].index(); steps[i].new || ok && index == 0 {
			text = "[" + text + "]"
		} else {
			text = "{" + quote(steps[i].key) + ":" + text + "}"
		}
	}
	return text
}

// indented writes a JSON text in the document's style, as a value whose braces
// are at a depth.
func (l layout) indented(text string, depth int) string {
	var b bytes.Buffer
	if l.eol == "" {
		if json.Compact(&b, []byte(text)) != nil {
			return text
		}
		return b.String()
	}
	if json.Indent(&b, []byte(text), strings.Repeat(l.indent, depth), l.indent) != nil {
		return text
	}
	return strings.ReplaceAll(b.String(), "\n", l.eol)
}

// Delete removes what is at a place, and reports whether there was anything.
func (f *File) Delete(q Query) bool {
	at := tree(f.data)
	for i, s := range q.steps {
		next, there := at.step(s)
		if !there {
			return false
		}
		if i < len(q.steps)-1 {
			at = next
			continue
		}
		f.apply(cut(at, at.parts(), at.placeOf(s)))
	}
	return true
}

// parts are the spans of an object's members or a list's elements.
func (n node) parts() []span {
	var spans []span
	for _, m := range n.members {
		spans = append(spans, span{m.start, m.value.end})
	}
	for _, item := range n.items {
		spans = append(spans, span{item.start, item.end})
	}
	return spans
}

// placeOf is which of the parts a step leads to.
func (n node) placeOf(s step) int {
	i, _ := s.index()
	if n.kind == '{' {
		_, i = n.get(s.key)
	}
	return i
}

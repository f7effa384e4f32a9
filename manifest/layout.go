package manifest

import (
	"bytes"
	"slices"
	"strings"
)

// layout is how a document is written: what new members are to look like.
type layout struct {
	data   []byte
	eol    string // "" for a document in one line
	indent string
}

// layout reads the style off the text as npm does: line end and indent are
// those before the first key; an empty object has two blanks.
func (f *File) layout() layout {
	l := layout{data: f.data, eol: "\n", indent: "  "}
	root := tree(f.data)
	if len(root.members) == 0 {
		if bytes.Contains(f.data, []byte("\r\n")) {
			l.eol = "\r\n"
		}
		return l
	}
	before := string(f.data[root.start+1 : root.members[0].start])
	end := strings.LastIndexByte(before, '\n')
	if end < 0 {
		l.eol, l.indent = "", ""
		return l
	}
	if end > 0 && before[end-1] == '\r' {
		l.eol = "\r\n"
	}
	l.indent = before[end+1:]
	return l
}

// object writes a new object with one member, whose braces are at a depth.
func (l layout) object(depth int, key, text string) string {
	return "{" + l.line(depth+1) + l.member(key, text) + l.line(depth) + "}"
}

// array writes a new array of strings, whose brackets are at a depth.
func (l layout) array(depth int, items []string) string {
	var text strings.Builder
	for i, item := range items {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(l.line(depth+1) + quote(item))
	}
	return "[" + text.String() + l.line(depth) + "]"
}

func (l layout) line(depth int) string {
	return l.eol + strings.Repeat(l.indent, depth)
}

func (l layout) member(key, text string) string {
	if l.eol == "" {
		return quote(key) + ":" + text
	}
	return quote(key) + ": " + text
}

// put sets a member of an object at a depth to a JSON text. A new one takes
// the style of its neighbours; it goes to its sorted place if the object is
// sorted and that is wanted, and to the end otherwise.
func (l layout) put(object node, depth int, key, text string, sorted bool) edit {
	if old, i := object.get(key); i >= 0 {
		return edit{old.start, old.end, text}
	}
	members := object.members
	if len(members) == 0 {
		return edit{object.start, object.end, l.object(depth, key, text)}
	}
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.key
	}
	at := len(members)
	if sorted && slices.IsSortedFunc(names, compareNames) {
		at, _ = slices.BinarySearchFunc(names, key, compareNames)
	}
	near := members[min(at, len(members)-1)]
	added := quote(key) + string(l.data[near.end:near.value.start]) + text
	if at < len(members) {
		return edit{near.start, near.start, added + "," + l.gap(object, at)}
	}
	return edit{near.value.end, near.value.end, "," + l.gap(object, at-1) + added}
}

// sort orders an object's members by name, each as it is written; the white
// space between them stays where it is. False says that they are in order.
func (l layout) sort(object node) (edit, bool) {
	byName := func(a, b member) int { return compareNames(a.key, b.key) }
	if slices.IsSortedFunc(object.members, byName) {
		return edit{}, false
	}
	var text strings.Builder
	for i, m := range slices.SortedStableFunc(slices.Values(object.members), byName) {
		place := object.members[i]
		if i > 0 {
			text.Write(l.data[object.members[i-1].value.end:place.start])
		}
		text.Write(l.data[m.start:m.value.end])
	}
	last := object.members[len(object.members)-1]
	return edit{object.members[0].start, last.value.end, text.String()}, true
}

// gap is the white space between the i-th member and what is before it; of
// the first member, if there are others, the second's, since "{ " and ", "
// may differ.
func (l layout) gap(object node, i int) string {
	members := object.members
	if i == 0 && len(members) > 1 {
		i = 1
	}
	from := object.start
	if i > 0 {
		from = members[i-1].value.end
	}
	return trailingSpace(l.data[from:members[i].start])
}

func trailingSpace(data []byte) string {
	return string(data[len(bytes.TrimRight(data, " \t\r\n")):])
}

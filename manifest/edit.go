package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// groups returns the fields that hold dependencies, in npm's order.
func groups() [4]string {
	return [4]string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"}
}

// Set makes name depend on spec in a group ("dependencies",
// "devDependencies", "optionalDependencies", "peerDependencies"), and takes it
// out of the groups that npm does not let it be in as well; what is dev may be
// peer or optional too. With an empty group it stays where it is, and goes to
// dependencies when it is nowhere. All groups come to be sorted, and one
// that does not exist yet last, as with npm.
func (f *File) Set(group, name, spec string) error {
	if err := ValidateName(name); err != nil {
		return err
	}
	if group == "" {
		group = f.groupOf(name)
	}
	all := groups()
	if !slices.Contains(all[:], group) {
		return fmt.Errorf("%q is no group of dependencies", group)
	}
	for _, other := range rivals(group) {
		f.removeFrom(other, name)
	}
	f.put(group, name, spec)
	defer f.sortGroups()
	// A peer that is a dev dependency too is tested against itself.
	if _, dev := f.Manifest.DevDependencies[name]; dev && group == "peerDependencies" {
		f.put("devDependencies", name, spec)
	}
	return nil
}

// rivals are the groups that a dependency leaves when it enters another.
func rivals(group string) []string {
	switch group {
	case "dependencies":
		return []string{"devDependencies", "optionalDependencies", "peerDependencies"}
	case "devDependencies":
		return []string{"dependencies"}
	case "optionalDependencies":
		return []string{"dependencies", "peerDependencies"}
	}
	return []string{"dependencies", "optionalDependencies"}
}

// Spec returns what is asked for of a name in a group, "" when it is not
// there. The group may be empty, as for [File.Set].
func (f *File) Spec(group, name string) string {
	if group == "" {
		group = f.groupOf(name)
	}
	m := f.Manifest
	return map[string]StringMap{
		"dependencies": m.Dependencies, "devDependencies": m.DevDependencies,
		"optionalDependencies": m.OptionalDependencies, "peerDependencies": m.PeerDependencies,
	}[group][name]
}

// groupOf is npm's guess for a dependency without a stated group.
func (f *File) groupOf(name string) string {
	root := tree(f.data)
	for _, group := range []string{"devDependencies", "optionalDependencies", "dependencies", "peerDependencies"} {
		object, _ := root.get(group)
		if _, i := object.get(name); i >= 0 {
			return group
		}
	}
	return "dependencies"
}

// Remove takes name out of all groups, of peerDependenciesMeta and of
// bundleDependencies, and drops what becomes empty. It returns the groups that
// had it, in npm's order.
func (f *File) Remove(name string) (removed []string) {
	for _, group := range groups() {
		if f.removeFrom(group, name) {
			removed = append(removed, group)
		}
	}
	for _, field := range []string{"bundleDependencies", "bundledDependencies"} {
		f.removeItem(field, name)
	}
	if len(removed) > 0 {
		f.sortGroups()
	}
	return removed
}

// Bundle adds a dependency to bundleDependencies, which comes to be sorted. A
// peer is never bundled.
func (f *File) Bundle(name string) {
	names := f.Manifest.Bundled()
	if f.groupOf(name) == "peerDependencies" || slices.Contains(names, name) {
		return
	}
	names = slices.SortedFunc(slices.Values(append(slices.Clone(names), name)), compareNames)
	field := "bundleDependencies"
	if f.Manifest.BundleDependencies.IsZero() && !f.Manifest.BundledDependencies.IsZero() {
		field = "bundledDependencies"
	}
	l := f.layout()
	f.apply(l.put(tree(f.data), 0, field, l.array(1, names), false))
}

// sortGroups puts all dependencies in the order of their names, as npm does
// whenever it writes them.
func (f *File) sortGroups() {
	for _, group := range groups() {
		object, _ := tree(f.data).get(group)
		if e, unsorted := f.layout().sort(object); unsorted {
			f.apply(e)
		}
	}
}

// SetPeerOptional marks a peer dependency as optional in
// peerDependenciesMeta, or as not optional any more.
func (f *File) SetPeerOptional(name string, optional bool) {
	if !optional && !f.Manifest.PeerDependenciesMeta[name].Optional {
		return
	}
	root := tree(f.data)
	meta, _ := root.get("peerDependenciesMeta")
	if entry, i := meta.get(name); i >= 0 && entry.kind == '{' {
		f.apply(f.layout().put(entry, 2, "optional", fmt.Sprint(optional), false))
		return
	}
	object := f.layout().object(2, "optional", "true")
	f.putRaw("peerDependenciesMeta", name, object)
}

func (f *File) put(group, name, spec string) { f.putRaw(group, name, quote(spec)) }

// putRaw sets a member of a top-level object to a JSON text.
func (f *File) putRaw(group, name, text string) {
	root, l := tree(f.data), f.layout()
	object, i := root.get(group)
	switch {
	case i < 0:
		f.apply(l.put(root, 0, group, l.object(1, name, text), false))
	case object.kind != '{': // null: strict parsing lets nothing else pass
		f.apply(edit{object.start, object.end, l.object(1, name, text)})
	default:
		f.apply(l.put(object, 1, name, text, true))
	}
}

// removeFrom takes a member out of a top-level object, and the object with
// its last member. Duplicates go too.
func (f *File) removeFrom(group, name string) bool {
	root := tree(f.data)
	object, _ := root.get(group)
	_, i := object.get(name)
	if i < 0 {
		return false
	}
	f.dropMember(root, group, object, i)
	f.removeFrom(group, name)
	if group == "peerDependencies" {
		f.removeFrom("peerDependenciesMeta", name)
	}
	return true
}

func (f *File) dropMember(root node, group string, object node, i int) {
	if len(object.members) == 1 {
		_, i = root.get(group)
		object = root
	}
	spans := make([]span, len(object.members))
	for j, m := range object.members {
		spans[j] = span{m.start, m.value.end}
	}
	f.apply(cut(object, spans, i))
}

// removeItem takes a string out of a top-level array.
func (f *File) removeItem(field, text string) {
	root := tree(f.data)
	array, at := root.get(field)
	i := slices.IndexFunc(array.items, func(n node) bool {
		return n.kind == '"' && decodeString(f.data[n.start:n.end]) == text
	})
	switch {
	case i < 0:
	case len(array.items) == 1:
		spans := make([]span, len(root.members))
		for j, m := range root.members {
			spans[j] = span{m.start, m.value.end}
		}
		f.apply(cut(root, spans, at))
	default:
		spans := make([]span, len(array.items))
		for j, n := range array.items {
			spans[j] = span{n.start, n.end}
		}
		f.apply(cut(array, spans, i))
	}
}

// edit replaces the bytes from start to end by text.
type edit struct {
	start, end int
	text       string
}

type span struct{ start, end int }

// cut removes the i-th of an object's or array's parts with its comma.
func cut(whole node, parts []span, i int) edit {
	switch {
	case len(parts) == 1:
		return edit{whole.start + 1, whole.end - 1, ""}
	case i == len(parts)-1:
		return edit{parts[i-1].end, parts[i].end, ""}
	}
	return edit{parts[i].start, parts[i+1].start, ""}
}

// apply performs an edit and reads the result anew.
func (f *File) apply(e edit) {
	f.data = slices.Concat(f.data[:e.start], []byte(e.text), f.data[e.end:])
	if m, err := Parse(f.data); err == nil {
		f.Manifest = m
	}
}

// quote writes a JSON string as JavaScript does: "<" and ">" stay.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string never fails
	return strings.TrimSuffix(b.String(), "\n")
}

package virtual

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Package is one package with what it shall find, a node of the graph that
// [Arrange] makes entries of.
type Package struct {
	Name, Version string
	// Content is the key of its files.
	Content string
	// Built says what its install scripts ran with, "" when none run.
	Built string
	// Links are what stands beside it, each At once.
	Links []Link
}

// Link is one dependency, at a slash path below the entry's node_modules
// ("b", "@s/b", or for what only a bundled package sees,
// "a/node_modules/x/node_modules/b").
type Link struct {
	At string
	// To is the index of the package that it leads to. It is not looked at
	// when Folder is set: a project's folder, absolute.
	To     int
	Folder string
}

// Entry is what is made, and appears, at once: a package, or several that
// depend on each other in a circle.
type Entry struct {
	// Key is the entry's name in the store.
	Key string
	// Members are its packages.
	Members []Member
	// Needs are the entries that its links lead to.
	Needs []*Entry
}

// Member is one package of an entry.
type Member struct {
	// Package is the index of the first package of the graph that it is.
	Package int
	// Dir is the folder in the entry that holds its node_modules: "", or
	// a number where there are several.
	Dir string
}

// Layout says where each package of a graph is in the store.
type Layout struct {
	// Entries are in order: what an entry needs comes before it.
	Entries []*Entry

	packages []Package
	entries  []*Entry // by package
	at       []string // by package

	// labels tell the packages of a circle apart, by package, see refine; text
	// is room for what they are hashed from.
	labels []string
	text   []byte
}

// At is the place of package i, as a slash path below the store's folder of
// entries: "<key>/node_modules/<name>".
func (l *Layout) At(i int) string { return l.at[i] }

// Entry is the entry of package i.
func (l *Layout) Entry(i int) *Entry { return l.entries[i] }

// Package is package i, as it was given.
func (l *Layout) Package(i int) *Package { return &l.packages[i] }

// LinkText is a link as it is on the disk: At below its member's node_modules
// it holds Text.
type LinkText struct{ At, Text string }

// Links are the links of an entry's member. Those to other packages are
// relative, so that the store can move.
func (l *Layout) Links(e *Entry, m Member) ([]LinkText, error) {
	from := path.Join(e.Key, m.Dir, "node_modules")
	links := l.packages[m.Package].Links
	out := make([]LinkText, 0, len(links))
	for _, link := range links {
		text := link.Folder
		if text == "" {
			rel, err := filepath.Rel(filepath.FromSlash(path.Dir(path.Join(from, link.At))), filepath.FromSlash(l.at[link.To]))
			if err != nil {
				return nil, err
			}
			text = rel
		}
		out = append(out, LinkText{link.At, text})
	}
	return out, nil
}

// Arrange groups the packages of a graph into entries and gives these their
// keys. Packages that cannot be told apart share a place. It puts the links of
// each package in order.
func Arrange(packages []Package) *Layout {
	l := &Layout{
		Entries:  make([]*Entry, 0, len(packages)),
		packages: packages,
		entries:  make([]*Entry, len(packages)),
		at:       make([]string, len(packages)),
		labels:   make([]string, len(packages)),
	}
	for i := range packages {
		slices.SortFunc(packages[i].Links, func(a, b Link) int { return strings.Compare(a.At, b.At) })
	}
	known := make(map[string]*Entry, len(packages))
	for _, circle := range circles(packages) {
		l.refine(circle)
		members := l.unite(circle)
		e := l.entry(members)
		if have := known[e.Key]; have != nil {
			e = have
		} else {
			known[e.Key] = e
			l.Entries = append(l.Entries, e)
		}
		for _, i := range circle {
			n, _ := slices.BinarySearchFunc(members, l.labels[i], func(m int, label string) int {
				return strings.Compare(l.labels[m], label)
			})
			l.entries[i] = e
			l.at[i] = e.place(n, packages[i].Name)
		}
	}
	needed := make(map[*Entry]*Entry, len(l.Entries))
	for _, e := range l.Entries {
		e.Needs = l.needs(e, needed)
	}
	return l
}

// place is where a member with a name of its own lies below the store's folder
// of entries.
func (e *Entry) place(member int, name string) string {
	if dir := e.Members[member].Dir; dir != "" {
		return e.Key + "/" + dir + "/node_modules/" + name
	}
	return e.Key + "/node_modules/" + name
}

// arranged says that a package has its place already. What links lead to has,
// unless it is in the circle at hand.
func (l *Layout) arranged(i int) bool { return l.at[i] != "" }

// refine labels the packages of a circle so that two have the same label
// exactly when nothing tells them apart: at first by what they are and what
// they see outside of the circle, then again and again by the labels of what
// they see inside, until that tells no more.
func (l *Layout) refine(circle []int) {
	l.relabel(circle, l.describe)
	if len(circle) == 1 {
		return
	}
	known := 0
	for n := l.countDistinct(circle); n != known; n = l.countDistinct(circle) {
		known = n
		l.relabel(circle, func(i int) string { return digest([]byte(l.labels[i] + l.describe(i))) })
	}
}

// relabel gives all packages of a circle new labels, made from the old ones.
func (l *Layout) relabel(circle []int, label func(i int) string) {
	labels := make([]string, len(circle))
	for n, i := range circle {
		labels[n] = label(i)
	}
	for n, i := range circle {
		l.labels[i] = labels[n]
	}
}

// describe hashes a package with its links: what they lead to is told by its
// place, or where it has none yet by its label.
func (l *Layout) describe(i int) string {
	const field = "\x00\x00"
	p := &l.packages[i]
	text := append(l.text[:0], p.Name...)
	for _, part := range [...]string{p.Version, p.Content, p.Built} {
		text = append(append(text, field...), part...)
	}
	for _, link := range p.Links {
		text = append(append(text, field...), link.At...)
		switch {
		case link.Folder != "":
			text = append(append(text, "\x00folder "...), link.Folder...)
		case l.arranged(link.To):
			text = append(append(text, "\x00package "...), l.at[link.To]...)
		default:
			text = append(append(text, "\x00package "...), l.labels[link.To]...)
		}
	}
	l.text = text
	return digest(text)
}

func (l *Layout) countDistinct(circle []int) int {
	seen := make(map[string]bool, len(circle))
	for _, i := range circle {
		seen[l.labels[i]] = true
	}
	return len(seen)
}

// unite picks one package for each label of a circle, in an order that does
// not depend on the graph's.
func (l *Layout) unite(circle []int) []int {
	if len(circle) == 1 {
		return circle
	}
	members := slices.Clone(circle)
	slices.SortFunc(members, func(a, b int) int {
		return cmp.Or(strings.Compare(l.labels[a], l.labels[b]), cmp.Compare(a, b))
	})
	return slices.CompactFunc(members, func(a, b int) bool { return l.labels[a] == l.labels[b] })
}

// entry makes the entry of a circle. Its key covers every member and every
// link between them, in terms of the labels; where there is one member, its
// label says it all.
func (l *Layout) entry(members []int) *Entry {
	e := &Entry{Members: make([]Member, 0, len(members))}
	all := []byte(format)
	for n, i := range members {
		m := Member{Package: i}
		all = append(append(all, 0), l.labels[i]...)
		if len(members) > 1 {
			m.Dir = strconv.Itoa(n)
			all = append(append(all, 0), l.describe(i)...)
		}
		e.Members = append(e.Members, m)
	}
	sum := sha256.Sum256(all)
	e.Key = keyEncoding.EncodeToString(sum[:16])
	return e
}

// needs lists the other entries that an entry's links lead to, each once. needed
// has of each entry the last one that was found to need it.
func (l *Layout) needs(e *Entry, needed map[*Entry]*Entry) []*Entry {
	var out []*Entry
	for _, m := range e.Members {
		for _, link := range l.packages[m.Package].Links {
			if link.Folder != "" {
				continue
			}
			if to := l.entries[link.To]; to != e && needed[to] != e {
				needed[to] = e
				out = append(out, to)
			}
		}
	}
	return out
}

// format is hashed into every key. It changes with the layout of entries, so
// that an old store is not misread.
const format = "ipnpm-virtual 1"

// keyEncoding has no capitals, because some file systems do not tell them.
var keyEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding) //nolint:gochecknoglobals // a constant

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return string(sum[:])
}

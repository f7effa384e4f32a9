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
	// Links are what stands beside it.
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
// keys. Packages that cannot be told apart share a place.
func Arrange(packages []Package) *Layout {
	l := &Layout{
		packages: packages,
		entries:  make([]*Entry, len(packages)),
		at:       make([]string, len(packages)),
	}
	known := map[string]*Entry{}
	for _, circle := range circles(packages) {
		labels := l.refine(circle)
		members := unite(circle, labels)
		e := l.entry(members, labels)
		if have := known[e.Key]; have != nil {
			e = have
		} else {
			known[e.Key] = e
			l.Entries = append(l.Entries, e)
		}
		dirs := map[string]string{}
		for i, m := range members {
			dirs[labels[m]] = e.Members[i].Dir
		}
		for _, i := range circle {
			l.entries[i] = e
			l.at[i] = path.Join(e.Key, dirs[labels[i]], "node_modules", packages[i].Name)
		}
	}
	for _, e := range l.Entries {
		e.Needs = l.needs(e)
	}
	return l
}

// refine labels the packages of a circle so that two have the same label
// exactly when nothing tells them apart: at first by what they are and what
// they see outside of the circle, then again and again by the labels of what
// they see inside, until that tells no more.
func (l *Layout) refine(circle []int) map[int]string {
	labels := make(map[int]string, len(circle))
	inside := make(map[int]bool, len(circle))
	for _, i := range circle {
		inside[i] = true
	}
	for _, i := range circle {
		labels[i] = l.describe(i, func(to int) string {
			if inside[to] {
				return ""
			}
			return l.at[to]
		})
	}
	if len(circle) == 1 {
		return labels
	}
	for known := 0; ; {
		if n := countDistinct(labels); n == known {
			return labels
		} else {
			known = n
		}
		next := make(map[int]string, len(circle))
		for _, i := range circle {
			next[i] = labels[i] + l.describe(i, func(to int) string {
				if inside[to] {
					return labels[to]
				}
				return l.at[to]
			})
			next[i] = digest(next[i])
		}
		labels = next
	}
}

// describe hashes a package with its links; see says what a link leads to.
func (l *Layout) describe(i int, see func(to int) string) string {
	p := &l.packages[i]
	lines := make([]string, 0, len(p.Links))
	for _, link := range p.Links {
		to := "folder " + link.Folder
		if link.Folder == "" {
			to = "package " + see(link.To)
		}
		lines = append(lines, link.At+"\x00"+to)
	}
	slices.Sort(lines)
	parts := append([]string{p.Name, p.Version, p.Content, p.Built}, lines...)
	return digest(strings.Join(parts, "\x00\x00"))
}

func countDistinct(labels map[int]string) int {
	seen := make(map[string]bool, len(labels))
	for _, label := range labels {
		seen[label] = true
	}
	return len(seen)
}

// unite picks one package for each label of a circle, in an order that does
// not depend on the graph's.
func unite(circle []int, labels map[int]string) []int {
	members := slices.Clone(circle)
	slices.SortFunc(members, func(a, b int) int {
		return cmp.Or(strings.Compare(labels[a], labels[b]), cmp.Compare(a, b))
	})
	return slices.CompactFunc(members, func(a, b int) bool { return labels[a] == labels[b] })
}

// entry makes the entry of a circle. Its key covers every member and every
// link between them, in terms of the labels; where there is one member, its
// label says it all.
func (l *Layout) entry(members []int, labels map[int]string) *Entry {
	e := &Entry{}
	inTerms := func(to int) string {
		if label, ok := labels[to]; ok {
			return label
		}
		return l.at[to]
	}
	first, all := members[0], []string{format}
	for n, i := range members {
		m := Member{Package: i}
		if len(members) > 1 {
			m.Dir = strconv.Itoa(n)
		}
		e.Members = append(e.Members, m)
		all = append(all, labels[i])
		if len(members) > 1 {
			all = append(all, l.describe(i, inTerms))
		}
		a, b := &l.packages[i], &l.packages[first]
		if cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version)) < 0 {
			first = i
		}
	}
	p := &l.packages[first]
	sum := sha256.Sum256([]byte(strings.Join(all, "\x00")))
	e.Key = legible(p.Name) + "@" + legible(p.Version) + "-" + keyEncoding.EncodeToString(sum[:16])
	return e
}

// needs lists the other entries that an entry's links lead to.
func (l *Layout) needs(e *Entry) []*Entry {
	var out []*Entry
	seen := map[*Entry]bool{e: true}
	for _, m := range e.Members {
		for _, link := range l.packages[m.Package].Links {
			if link.Folder != "" || seen[l.entries[link.To]] {
				continue
			}
			seen[l.entries[link.To]] = true
			out = append(out, l.entries[link.To])
		}
	}
	return out
}

// format is hashed into every key. It changes with the layout of entries, so
// that an old store is not misread.
const format = "ipnpm-virtual 1"

// keyEncoding has no capitals, because some file systems do not tell them.
var keyEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding) //nolint:gochecknoglobals // a constant

// legible makes a name or version fit as part of a file name. It need not be
// reversible; the hash is what counts.
func legible(text string) string {
	const most = 80
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("-_.@", r):
			return r
		}
		return '+'
	}, text)
	text = strings.TrimLeft(text, ".")
	return text[:min(len(text), most)]
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return string(sum[:])
}

// Package funding finds out who of an installed project asks for money: the field
// "funding" of the packages' own package.json files, as npm reads it, which is an
// address, an object with one, or a list of these. Addresses that a browser would
// not open as pages of the web count for nothing.
package funding

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/tree"
)

// Source is one way to give.
type Source struct {
	Type manifest.Text `json:"type,omitempty"`
	URL  manifest.Text `json:"url"`
}

// Field is a package's funding.
type Field struct {
	// Sources are the ways, none where the field says nothing that counts.
	Sources []Source
	// text is npm's normal form of the field: each address is an object.
	text json.RawMessage
}

// MarshalJSON implements json.Marshaler: all that the field says.
func (f *Field) MarshalJSON() ([]byte, error) { return f.text, nil }

// Package is one that asks for funding, or through which others do.
type Package struct {
	Name    string   `json:"-"`
	Version string   `json:"version,omitempty"`
	Funding *Field   `json:"funding,omitempty"`
	Below   Packages `json:"dependencies,omitempty"`
}

// Packages are in npm's order: those that are near before those that are far.
type Packages []*Package

// MarshalJSON implements json.Marshaler: npm's object by name.
func (l Packages) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, p := range l {
		name, err := json.Marshal(p.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

// Parse reads a field; nil for none that counts.
func Parse(text json.RawMessage) *Field {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return nil
	}
	if text[0] != '[' {
		source, normal, ok := parseOne(text)
		if !ok {
			return nil
		}
		return &Field{Sources: []Source{source}, text: normal}
	}
	var items []json.RawMessage
	if json.Unmarshal(text, &items) != nil || len(items) == 0 {
		return nil
	}
	f := &Field{}
	for i, item := range items {
		source, normal, ok := parseOne(item)
		if !ok {
			return nil // as npm, which takes all or none
		}
		f.Sources = append(f.Sources, source)
		items[i] = normal
	}
	f.text, _ = json.Marshal(items) // which were just read
	return f
}

// parseOne reads an address, or an object with one.
func parseOne(text json.RawMessage) (s Source, normal json.RawMessage, ok bool) {
	var address string
	if json.Unmarshal(text, &address) == nil && address != "" {
		s.URL = manifest.Text(address)
		normal, _ = json.Marshal(s) // a struct of texts
		return s, normal, isPage(address)
	}
	if len(text) == 0 || text[0] != '{' || json.Unmarshal(text, &s) != nil {
		return s, nil, false
	}
	return s, text, isPage(string(s.URL))
}

func isPage(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// Of is the field of an installed package.
func Of(n *tree.Node) *Field {
	data, err := n.PackageJSON()
	if err != nil {
		return nil
	}
	var has struct{ Funding json.RawMessage }
	if json.Unmarshal(data, &has) != nil {
		return nil
	}
	return Parse(has.Funding)
}

// Read lists the packages of a project that ask for funding, each once and under
// the nearest package above it that does too, and counts them. Within holds the
// packages that count, nil for all.
func Read(g *tree.Graph, within map[*tree.Node]bool) (root *Package, count int) {
	r := &reader{within: within, seen: map[string]bool{}}
	root = &Package{Name: g.Root.PackageName, Version: g.Root.Version, Funding: Of(g.Root)}
	if root.Name == "" {
		root.Name = g.Root.Name
	}
	root.Below = r.below(g.Root)
	return root, r.count
}

type reader struct {
	within map[*tree.Node]bool
	seen   map[string]bool // name@version
	count  int
}

// below are the packages that a node depends on, near ones before far ones. In the
// place of one that asks for nothing are those under it that do.
func (r *reader) below(n *tree.Node) Packages {
	var nodes []*tree.Node
	var packages []*Package
	for _, e := range n.Out {
		if e.To == nil {
			continue
		}
		node := e.To
		if node.Target != nil {
			node = node.Target
		}
		id := node.PackageName + "@" + node.Version
		if r.within != nil && !r.within[node] || r.seen[id] {
			continue
		}
		r.seen[id] = true
		p := &Package{Name: node.PackageName, Version: node.Version, Funding: Of(node)}
		if p.Funding != nil {
			r.count++
		}
		nodes, packages = append(nodes, node), append(packages, p)
	}
	var direct, far Packages
	for i, p := range packages {
		p.Below = r.below(nodes[i])
		if p.Funding != nil {
			direct = direct.with(p)
		} else {
			far = append(far, p.Below...)
		}
	}
	for _, p := range far {
		direct = direct.with(p)
	}
	return direct
}

// with adds a package, in the place of another version of it, as npm does.
func (l Packages) with(p *Package) Packages {
	if i := slices.IndexFunc(l, func(other *Package) bool { return other.Name == p.Name }); i >= 0 {
		l[i] = p
		return l
	}
	return append(l, p)
}

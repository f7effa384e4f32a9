package cmd

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/tree"
	"github.com/ipnpm/ipnpm/tree/listing"
)

// lister writes a listing for people.
type lister struct {
	app  *app
	long bool
}

// root is the tree with the project's name and folder at its top.
func (l lister) root(p *project, item *listing.Item) *drawn {
	d := l.item(item)
	d.label = p.dir
	if p.root.Name != "" || p.root.Version != "" {
		between := " "
		if width := l.app.columns(l.app.OutTTY); l.long || width > 0 && columnsOf(item.ID+between+p.dir) > width {
			between = "\n"
		}
		d.label = item.ID + between + p.dir + l.description(item.Node)
	}
	return d
}

func (l lister) item(item *listing.Item) *drawn {
	d := &drawn{label: l.label(item)}
	for _, below := range item.Items {
		d.below = append(d.below, l.item(below))
	}
	return d
}

// label is npm's line for an item.
func (l lister) label(item *listing.Item) string {
	a := l.app
	name := printableLine(item.ID)
	switch {
	case item.Wanted:
		name = a.paintOut(yellow, name)
	case item.Node != nil && item.Node.Workspace:
		name = a.paintOut(blue, name)
	}
	switch {
	case item.Missing && item.Optional():
		return a.paintOut(yellow, "UNMET OPTIONAL DEPENDENCY") + " " + name
	case item.Missing:
		return a.paintOut(red, "UNMET DEPENDENCY") + " " + name
	}
	parts := []string{name}
	if item.Deduped {
		parts = append(parts, a.paintOut(dim, "deduped"))
	}
	if item.Invalid != "" {
		parts = append(parts, a.paintOut(red, printableLine("invalid: "+item.Invalid)))
	}
	if item.Extraneous {
		parts = append(parts, a.paintOut(red, "extraneous"))
	}
	if !item.Deduped {
		parts = append(parts, l.origin(item.Node)...)
	}
	if to := linkTarget(item.Node); to != "" {
		parts = append(parts, "-> "+printableLine(to))
	}
	return strings.Join(parts, " ") + l.description(item.Node)
}

// origin are the words on where a package is from, and what was done to it.
func (l lister) origin(n *tree.Node) []string {
	var words []string
	if n.Overridden {
		words = append(words, l.app.paintOut(dim, "overridden"))
	}
	if did := appliedText(n.Package.Extended); did != "" {
		words = append(words, l.app.paintOut(dim, "packageExtensions: "+printableLine(did)))
	}
	if spec, err := manifest.ParseSpec("", n.Package.Resolved); err == nil && spec.Kind == manifest.KindGit {
		words = append(words, "("+printableLine(n.Package.Resolved)+")")
	}
	return words
}

// appliedText are the fields and names that packageExtensions added.
func appliedText(did *lockfile.Extended) string {
	if did == nil {
		return ""
	}
	var added []string
	for _, field := range [...]string{"dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta"} {
		for _, name := range did.Fields[field] {
			added = append(added, field+"."+name)
		}
	}
	return strings.Join(added, ", ")
}

// linkTarget is where a link leads, from the project's folder.
func linkTarget(n *tree.Node) string {
	if n.Target == nil {
		return ""
	}
	return "." + string(filepath.Separator) + filepath.FromSlash(n.Target.Location)
}

// description is the package's own word on itself, on a line of its own.
func (l lister) description(n *tree.Node) string {
	if !l.long {
		return ""
	}
	var is struct{ Description manifest.Text }
	if data, err := n.PackageJSON(); err == nil {
		_ = json.Unmarshal(data, &is) // what cannot be read says nothing
	}
	return "\n" + printableLine(string(is.Description))
}

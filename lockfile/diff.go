package lockfile

import (
	"slices"
	"strings"
)

// ChangeKind is what happened to a location.
type ChangeKind string

// The kinds of change.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Change is one difference between two lockfiles.
type Change struct {
	Kind     ChangeKind
	Location string
	// Name is the package's: that of New, or of Old when it was removed.
	Name string
	// Old is nil when the package was added, New when it was removed.
	Old, New *Package
}

// Diff returns the locations whose package differs in name, version, content
// (CID, integrity, resolved, patch) or being a link, sorted by [Compare]. The root
// project and differences in flags or dependency lists are not reported. A
// nil lockfile is an empty one. A CID or integrity that only one side knows
// is no difference.
func Diff(old, new *Lockfile) []Change {
	before, after := packagesOf(old), packagesOf(new)
	var changes []Change
	for location, p := range before {
		switch q := after[location]; {
		case location == "":
		case q == nil:
			changes = append(changes, Change{Removed, location, p.NameAt(location), p, nil})
		case !samePackage(location, p, q):
			changes = append(changes, Change{Changed, location, q.NameAt(location), p, q})
		}
	}
	for location, q := range after {
		if location != "" && before[location] == nil {
			changes = append(changes, Change{Added, location, q.NameAt(location), nil, q})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return Compare(a.Location, b.Location) })
	return changes
}

func packagesOf(l *Lockfile) map[string]*Package {
	if l == nil {
		return nil
	}
	return l.Packages
}

func samePackage(location string, p, q *Package) bool {
	return p.NameAt(location) == q.NameAt(location) && p.Version == q.Version &&
		p.Link == q.Link && p.Resolved == q.Resolved &&
		agree(p.CID, q.CID) && agree(p.Integrity, q.Integrity) && samePatch(p.Patched, q.Patched)
}

func samePatch(a, b *Patched) bool {
	return a == b || a != nil && b != nil && a.Integrity == b.Integrity
}

func agree(a, b string) bool { return a == b || a == "" || b == "" }

// NameAt returns the name of a package at a location: its own when it has
// one, or else that of the folder, with the scope.
func (p *Package) NameAt(location string) string {
	if p.Name != "" {
		return p.Name
	}
	return NameOf(location)
}

// NameOf returns the package name that a location ends in: "@s/x" for
// "node_modules/a/node_modules/@s/x", the last component for a workspace.
func NameOf(location string) string {
	const modules = "node_modules/"
	start := strings.LastIndexByte(location, '/') + 1
	if up := strings.LastIndexByte(location[:max(start-1, 0)], '/') + 1; start > 0 && location[up] == '@' {
		start = up
	}
	// As nearly all locations are, for which the search below takes several times as long.
	if before, ok := strings.CutSuffix(location[:start], modules); ok && (before == "" || strings.HasSuffix(before, "/")) {
		return location[start:]
	}
	if i := strings.LastIndex("/"+location, "/"+modules); i >= 0 {
		return location[i+len(modules):]
	}
	return location[start:]
}

package tree

import (
	"encoding/json"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve"
)

// describe is what is known of the package in a folder: the lockfile's entry,
// if it is of this package, and otherwise its package.json.
func (r *reader) describe(location, dir string) *lockfile.Package {
	if r.isLocked(location, dir) {
		return r.lock.Packages[location]
	}
	return r.parse(location, dir)
}

// isLocked says that the package in a folder has the name and version that the
// lockfile has at a location.
func (r *reader) isLocked(location, dir string) bool {
	pkg := r.lock.Packages[location]
	if pkg == nil || pkg.Link {
		return false
	}
	data, err := manifest.ReadFolder(dir)
	if err != nil {
		return false
	}
	var is struct {
		Name    manifest.Text `json:"name"`
		Version manifest.Text `json:"version"`
	}
	return json.Unmarshal(data, &is) == nil && string(is.Name) == pkg.NameAt(location) && string(is.Version) == pkg.Version
}

// parse describes a package by its package.json. Without a readable one it has
// neither version nor dependencies.
func (r *reader) parse(location, dir string) *lockfile.Package {
	data, err := manifest.ReadFolder(dir)
	if err != nil {
		return &lockfile.Package{}
	}
	m, err := manifest.Parse(data)
	if err != nil {
		return &lockfile.Package{}
	}
	inModules := strings.HasPrefix(location, modules+"/") || strings.Contains(location, "/"+modules+"/")
	p := resolve.Describe(m, !inModules)
	if m.Name != lockfile.NameOf(location) {
		p.Name = m.Name
	}
	return p
}

// PackageJSON is the text of the node's package.json.
func (n *Node) PackageJSON() ([]byte, error) { return manifest.ReadFolder(n.RealPath) }

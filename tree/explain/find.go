package explain

import (
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
	"github.com/ipnpm/ipnpm/tree"
)

// Find are the nodes that a user means: by a package's name, a location
// ("node_modules/a"), a folder as seen from dir, or name@range.
func Find(g *tree.Graph, dir, arg string) []*tree.Node {
	if manifest.ValidateName(arg) == nil {
		return named(g, arg, nil)
	}
	at := strings.TrimRight(filepath.ToSlash(arg), "/")
	if n := g.At(at); n != nil {
		return []*tree.Node{n}
	}
	folder := filepath.FromSlash(at)
	if !filepath.IsAbs(folder) {
		folder = filepath.Join(dir, folder)
	}
	if rel, err := filepath.Rel(g.Dir, folder); err == nil && rel != "." {
		if n := g.At(filepath.ToSlash(rel)); n != nil {
			return []*tree.Node{n}
		}
	}
	spec, err := manifest.ParseArg(arg)
	if err != nil || spec.Kind != manifest.KindRange && spec.Kind != manifest.KindVersion {
		return nil
	}
	versions, err := npmrange.Parse(spec.Fetch, npmrange.Options{})
	if err != nil {
		return nil
	}
	return named(g, spec.Name, versions)
}

// named are the nodes of a package, of some versions where those are given.
func named(g *tree.Graph, name string, versions *npmrange.Range) []*tree.Node {
	var found []*tree.Node
	for _, n := range g.Nodes {
		if n.PackageName == name && (versions == nil || versions.TestString(n.Version)) {
			found = append(found, n)
		}
	}
	return found
}

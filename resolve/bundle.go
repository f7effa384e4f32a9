package resolve

import (
	"context"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// Bundles reads what a package carries in the node_modules of its own
// tarball, which no registry's metadata tells.
type Bundles interface {
	// Bundled lists the packages in the version's tarball, in any order.
	Bundled(ctx context.Context, v *registry.Version) ([]Bundled, error)
}

// Bundled is one package inside another's tarball.
type Bundled struct {
	// Location is slash-separated and relative to the bundling package:
	// "node_modules/a", "node_modules/a/node_modules/@s/b".
	Location string
	Manifest *manifest.Manifest
}

// bundler is the node in whose tarball n is: one that names n as bundled and
// has it in its node_modules, or has there what only bundled nodes need. Pass
// nil for visited; it guards against cycles.
func (n *Node) bundler(visited *nodeSet) *Node {
	if n.graph == nil || !n.graph.bundles || n.parent == nil {
		return nil
	}
	if visited == nil {
		visited = setOf()
	}
	if visited.contains(n) {
		return nil
	}
	visited.add(n)
	if b := n.parent.bundler(visited); b != nil {
		return b
	}
	if n.parent.pkg.bundles(n.name) {
		return n.parent
	}
	for _, e := range n.edgesIn {
		if b := e.from.bundler(visited); b != nil && b == n.parent {
			return b
		}
	}
	return nil
}

// inDependencyBundle reports whether n comes in the tarball of a dependency;
// what the project itself bundles has to be installed all the same.
func (n *Node) inDependencyBundle() bool {
	b := n.bundler(nil)
	return b != nil && b != n.graph.root
}

// descend finds where a location below n is: the node whose node_modules it
// is in, nil when that is missing, and its name there.
func (n *Node) descend(location string) (parent *Node, name string) {
	parts := strings.Split("/"+location, "/node_modules/")[1:]
	if len(parts) == 0 || slices.Contains(parts, "") {
		return nil, ""
	}
	last := len(parts) - 1
	for _, part := range parts[:last] {
		if n = n.children[fold(part)]; n == nil {
			return nil, ""
		}
	}
	return n, parts[last]
}

// addBundled puts the packages of n's tarball into its node_modules.
func (b *builder) addBundled(ctx context.Context, n *Node) error {
	if len(n.pkg.bundled) == 0 {
		return nil
	}
	var list []Bundled
	switch {
	case n.pkg.local != nil:
		list = slices.Clone(n.pkg.local.Bundled)
	case n.pkg.registry != nil && b.request.Bundles != nil:
		var err error
		if list, err = b.request.Bundles.Bundled(ctx, n.pkg.registry); err != nil {
			return b.chained(n, err)
		}
	}
	slices.SortFunc(list, func(x, y Bundled) int { return len(x.Location) - len(y.Location) })
	for _, item := range list {
		parent, name := n.descend(item.Location)
		if parent == nil {
			continue // below a folder that holds no package
		}
		p := b.source.manifestPkg(item.Manifest, fromElsewhere)
		b.tree.add(newNode(name, p, p.plain), parent)
	}
	return nil
}

// Package outdated compares the packages of a tree with what a registry has:
// of each dependency, the version that is there, the newest that the wish for
// it allows, and the one that would be taken today by whoever wishes nothing
// in particular. The choice of versions is package pick's, the same as that of
// an install.
package outdated

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/pick"
	"github.com/ipnpm/ipnpm/tree"
)

// Index has the registry's documents.
type Index interface {
	Packument(ctx context.Context, name string) (*registry.Packument, error)
}

// Options say which dependencies are looked at: those of the project and its
// workspaces, or with All those of all packages too, or of Names every
// dependency of these names.
type Options struct {
	All   bool
	Names []string
	// Within holds the nodes whose dependencies count, nil for all.
	Within map[*tree.Node]bool
	// Omit holds "dev", "optional" and "peer".
	Omit []string
	Pick pick.Options
	// Unavailable tells errors of documents that cannot be had, and whose
	// packages are passed over.
	Unavailable func(error) bool
}

// Entry is a dependency that is not as new as could be.
type Entry struct {
	Edge *tree.Edge
	// Name is the dependency's, for an alias with its target: "x:y@^1.0.0".
	Name string
	// Current is "" where nothing is installed.
	Current, Wanted, Latest string
}

// lookups is how many documents are asked for at once.
const lookups = 16

// Find lists what is outdated, by name and dependent.
func Find(ctx context.Context, g *tree.Graph, index Index, o Options) ([]Entry, error) {
	edges := o.edges(g)
	found := make([]*Entry, len(edges))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(lookups)
	for i, e := range edges {
		group.Go(func() (err error) {
			found[i], err = o.look(ctx, e, index)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var out []Entry
	for _, e := range found {
		if e != nil {
			out = append(out, *e)
		}
	}
	slices.SortStableFunc(out, func(a, b Entry) int {
		if d := lockfile.Compare(a.Name, b.Name); d != 0 {
			return d
		}
		return lockfile.Compare(a.Edge.From.Name, b.Edge.From.Name)
	})
	return out, nil
}

// Packages are the names whose documents Find will ask for.
func (o Options) Packages(g *tree.Graph) []string {
	var names []string
	for _, e := range o.edges(g) {
		if spec, ok := wish(e); ok {
			names = append(names, spec.Target().Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// edges are the dependencies to look at, each once.
func (o Options) edges(g *tree.Graph) []*tree.Edge {
	var edges []*tree.Edge
	taken := map[*tree.Edge]bool{}
	take := func(list []*tree.Edge) {
		for _, e := range list {
			if !taken[e] && (o.Within == nil || o.Within[e.From]) {
				taken[e] = true
				edges = append(edges, e)
			}
		}
	}
	for _, n := range g.Nodes {
		switch {
		case len(o.Names) > 0:
			if slices.Contains(o.Names, n.Name) {
				take(n.In)
			}
		case o.All, n.IsRoot(), n.Workspace && n.Target == nil:
			take(n.Out)
		}
	}
	return edges
}

// wish is what a dependency asks a registry for; false where it asks none.
func wish(e *tree.Edge) (manifest.Spec, bool) {
	spec, err := manifest.ParseSpec(e.Name, e.Spec)
	return spec, err == nil && spec.Registry() && e.Kind != "workspace"
}

// look compares one dependency; nil is one that is as new as can be, or is not
// compared.
func (o Options) look(ctx context.Context, e *tree.Edge, index Index) (*Entry, error) {
	spec, ok := wish(e)
	if !ok || e.Problem == tree.Missing && e.Kind != "prod" || o.omits(e.To) {
		return nil, nil
	}
	doc, err := index.Packument(ctx, spec.Target().Name)
	if err != nil {
		if o.Unavailable(err) {
			return nil, nil
		}
		return nil, err
	}
	wanted, err := pick.Version(doc, spec, o.Pick)
	if err != nil {
		return nil, unlessNone(err)
	}
	latest, err := pick.Version(doc, manifest.Spec{Name: doc.Name, Raw: "*", Kind: manifest.KindRange, Fetch: "*"}, o.Pick)
	if err != nil {
		return nil, unlessNone(err)
	}
	entry := &Entry{Edge: e, Name: e.Name, Wanted: wanted.Version, Latest: latest.Version}
	if spec.Kind == manifest.KindAlias {
		entry.Name = strings.Replace(e.Spec, "npm", e.Name, 1)
	}
	if e.To != nil {
		entry.Current = e.To.Version
	}
	if entry.Current != "" && entry.Current == entry.Wanted && entry.Wanted == entry.Latest {
		return nil, nil
	}
	return entry, nil
}

// unlessNone passes over what no version answers.
func unlessNone(err error) error {
	var none *pick.NoVersionError
	if errors.As(err, &none) {
		return nil
	}
	return err
}

func (o Options) omits(n *tree.Node) bool {
	if n == nil {
		return false
	}
	for _, kind := range o.Omit {
		if kind == "dev" && n.Dev || kind == "optional" && n.Optional || kind == "peer" && n.Peer {
			return true
		}
	}
	return false
}

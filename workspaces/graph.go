// Package workspaces knows how the packages of one project depend on each
// other: in which order a script is to run in them, which of them can run it
// at the same time, and which ones a filter means.
//
// An edge leads from a package to another one of the project when installing
// links the one into the other's reach: its name is among the dependencies, and
// the spec there is one that the package here meets. What is brought from a
// registry under the same name, because the range asks for another version, is
// no edge.
//
// Circles are allowed, as they are in real projects. Packages in one circle do
// not wait for each other; those outside wait for all of them that they reach.
// Waiting is for what is reached at all: with a → b → c, a script that runs in
// a and c alone runs in c first, though neither names the other.
package workspaces

import (
	"path"
	"slices"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// Graph is which packages of a project depend on which. They are told apart by
// their places in the list that the graph was made of.
type Graph struct {
	all             []manifest.Workspace
	needs, neededBy [][]int
}

// New makes the graph of a project's packages. The project itself may be one,
// with an empty location. The manifests have their catalogs filled in.
func New(all []manifest.Workspace) *Graph {
	g := &Graph{all: all, needs: make([][]int, len(all)), neededBy: make([][]int, len(all))}
	byName := make(map[string]int, len(all))
	for i, w := range all {
		byName[w.Name()] = i
	}
	for from, w := range all {
		m := w.Manifest
		for _, group := range [...]manifest.StringMap{m.Dependencies, m.DevDependencies, m.OptionalDependencies, m.PeerDependencies} {
			for name, text := range group {
				if to, ok := g.target(byName, w, name, text); ok && to != from && !slices.Contains(g.needs[from], to) {
					g.needs[from] = append(g.needs[from], to)
					g.neededBy[to] = append(g.neededBy[to], from)
				}
			}
		}
	}
	return g
}

// target is the package of the project that a dependency is met by.
func (g *Graph) target(byName map[string]int, from manifest.Workspace, name, text string) (int, bool) {
	spec, err := manifest.ParseSpec(name, text)
	if err != nil {
		return 0, false // whoever installs will say so
	}
	switch spec.Kind {
	case manifest.KindDirectory:
		return g.at(path.Join(from.Location, spec.Fetch))
	case manifest.KindWorkspace:
		switch {
		case spec.Sub != nil:
			name = spec.Sub.Name
		case spec.Fetch[0] == '.':
			return g.at(path.Join(from.Location, spec.Fetch))
		case spec.Fetch[0] == '/':
			return g.at(spec.Fetch[1:])
		}
		to, ok := byName[name]
		return to, ok
	case manifest.KindRange, manifest.KindVersion:
		to, ok := byName[name]
		return to, ok && meets(g.all[to].Manifest.Version, spec.Fetch)
	}
	return 0, false
}

func (g *Graph) at(location string) (int, bool) {
	i := slices.IndexFunc(g.all, func(w manifest.Workspace) bool { return w.Location == location })
	return i, i >= 0
}

func meets(version, text string) bool {
	r, err := npmrange.Parse(text, npmrange.Options{Loose: true})
	return err == nil && (r.IsAny() || r.TestString(version))
}

// reach is what can be reached from a place over edges, without the place
// itself unless it is in a circle.
func reach(edges [][]int, from int) map[int]bool {
	seen := map[int]bool{}
	todo := slices.Clone(edges[from])
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !seen[at] {
			seen[at] = true
			todo = append(todo, edges[at]...)
		}
	}
	return seen
}

// waits are, for each of the chosen packages, those that it waits for: the
// chosen ones that it reaches and that do not reach it.
func (g *Graph) waits(chosen []int) map[int][]int {
	out := make(map[int][]int, len(chosen))
	for _, i := range chosen {
		above := reach(g.neededBy, i)
		for at := range reach(g.needs, i) {
			if at != i && !above[at] && slices.Contains(chosen, at) {
				out[i] = append(out[i], at)
			}
		}
	}
	return out
}

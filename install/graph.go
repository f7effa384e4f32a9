package install

import (
	"path"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
)

// edge is one dependency between two locations of the lockfile.
type edge struct {
	from, to string
	optional bool
}

// graph is who depends on whom in a lockfile, as Node's resolution would find
// it. It answers one question: what falls with an optional package that
// cannot be installed.
type graph struct {
	lock    *lockfile.Lockfile
	out, in map[string][]edge
}

// newGraph resolves every dependency of the lockfile by walking up.
func newGraph(lock *lockfile.Lockfile) *graph {
	g := &graph{lock: lock, out: map[string][]edge{}, in: map[string][]edge{}}
	for loc, pkg := range lock.Packages {
		if pkg.Link {
			if _, ok := lock.Packages[linkTarget(pkg)]; ok {
				g.add(edge{from: loc, to: linkTarget(pkg)})
			}
			continue
		}
		g.addAll(loc, pkg)
	}
	return g
}

// addAll adds the edges of one package. Optional dependencies are often
// listed among the plain ones too, and win.
func (g *graph) addAll(loc string, pkg *lockfile.Package) {
	for name := range pkg.Dependencies {
		if _, ok := pkg.OptionalDependencies[name]; !ok {
			g.find(loc, name, false)
		}
	}
	for name := range pkg.OptionalDependencies {
		g.find(loc, name, true)
	}
	for name := range pkg.PeerDependencies {
		g.find(loc, name, pkg.PeerDependenciesMeta[name].Optional)
	}
	for name := range pkg.DevDependencies {
		g.find(loc, name, false)
	}
}

// find adds the edge to the nearest package of that name, if there is one.
func (g *graph) find(from, name string, optional bool) {
	if loc, ok := lookUp(g.lock, from, name); ok {
		g.add(edge{from, loc, optional})
	}
}

// lookUp finds the package of a name that Node would find from a location. It is
// asked for every dependency of a lockfile, so it makes a text only of what it
// finds.
func lookUp(lock *lockfile.Lockfile, from, name string) (loc string, ok bool) {
	var room [256]byte
	for at := from; ; at = folderAbove(at) {
		loc := append(room[:0], at...)
		if at != "" {
			loc = append(loc, '/')
		}
		loc = append(append(loc, modules+"/"...), name...)
		if _, ok := lock.Packages[string(loc)]; ok {
			return string(loc), true
		}
		if at == "" || outside(at) {
			return "", false
		}
	}
}

// folderAbove is the next folder up in which Node looks for a node_modules: of a
// package, the one that it is in the node_modules of.
func folderAbove(loc string) string {
	if i := strings.LastIndex(loc, modules+"/"); i == 0 || i > 0 && loc[i-1] == '/' {
		name := loc[i+len(modules)+1:]
		if slashes := strings.Count(name, "/"); slashes == 0 || slashes == 1 && name[0] == '@' {
			return loc[:max(i-1, 0)]
		}
	}
	if up := path.Dir(loc); up != "." {
		return up
	}
	return ""
}

// Dependents returns, of each location of a lockfile, the locations of the
// packages that ask for the one there, sorted: who requires what, for messages.
func Dependents(lock *lockfile.Lockfile) map[string][]string {
	g := newGraph(lock)
	out := make(map[string][]string, len(g.in))
	for loc, edges := range g.in {
		for _, e := range edges {
			out[loc] = append(out[loc], e.from)
		}
		slices.Sort(out[loc])
		out[loc] = slices.Compact(out[loc])
	}
	return out
}

func (g *graph) add(e edge) {
	g.out[e.from] = append(g.out[e.from], e)
	g.in[e.to] = append(g.in[e.to], e)
}

// fallsWith returns the locations that are not installed when the optional
// package at loc is not: those that need it and are optional themselves, and
// what only these use. gone holds what has fallen already. The rule is
// arborist's optional-set.js.
func (g *graph) fallsWith(loc string, gone map[string]bool) map[string]bool {
	failed := g.needing(loc)
	deps := g.closure(failed)
	for changed := true; changed; {
		changed = false
		for dep := range deps {
			if g.usedOutside(dep, deps, failed, gone) {
				delete(deps, dep)
				changed = true
			}
		}
	}
	return deps
}

// needing collects the package and all that reach it by edges that are not
// optional.
func (g *graph) needing(loc string) map[string]bool {
	set := map[string]bool{loc: true}
	for todo := []string{loc}; len(todo) > 0; {
		at := todo[0]
		todo = todo[1:]
		for _, e := range g.in[at] {
			from := g.lock.Packages[e.from]
			if e.optional || set[e.from] || from == nil || !from.Optional {
				continue
			}
			set[e.from] = true
			todo = append(todo, e.from)
		}
	}
	return set
}

// closure adds all dependencies, near and far.
func (g *graph) closure(of map[string]bool) map[string]bool {
	set := make(map[string]bool, len(of))
	var todo []string
	for loc := range of {
		set[loc] = true
		todo = append(todo, loc)
	}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, e := range g.out[at] {
			if !set[e.to] {
				set[e.to] = true
				todo = append(todo, e.to)
			}
		}
	}
	return set
}

// usedOutside says whether something that stays uses dep. The failed ones
// themselves fall whoever (optionally) uses them.
func (g *graph) usedOutside(dep string, deps, failed, gone map[string]bool) bool {
	if failed[dep] {
		return false
	}
	for _, e := range g.in[dep] {
		if !deps[e.from] && !gone[e.from] {
			return true
		}
	}
	return false
}

package install

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/install/virtual"
	"github.com/ipnpm/ipnpm/internal/par"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// isolation is a selection seen as a graph: who finds whom. The lockfile is
// that of the hoisted layout, and an edge leads where Node's look-up would in
// it, but only declared dependencies have one.
type isolation struct {
	o   Options
	sel *selection
	// targets are the packages, in the order of the graph's.
	targets []*target
	index   map[string]int // by location
	layout  *virtual.Layout
	// direct are the links of the project folders.
	direct []*target
	// roots are the packages that direct links lead to.
	roots []int
}

// isolate makes the graph of a selection and arranges it.
func isolate(o Options, sel *selection) *isolation {
	iso := &isolation{o: o, sel: sel, index: make(map[string]int, len(sel.targets))}
	for _, t := range sel.targets {
		if t.link == "" {
			iso.index[t.loc] = len(iso.targets)
			iso.targets = append(iso.targets, t)
		}
	}
	inside := map[string][]*target{} // bundled packages by who brings them
	for _, t := range sel.bundled {
		inside[iso.bringer(t)] = append(inside[iso.bringer(t)], t)
	}
	iso.layout = virtual.Arrange(iso.graph(inside))
	for _, base := range sel.bases {
		iso.addDirect(base)
	}
	return iso
}

// graph describes the packages, on all processors; inside are the bundled
// packages by who brings them.
func (iso *isolation) graph(inside map[string][]*target) []virtual.Package {
	graph := make([]virtual.Package, len(iso.targets))
	par.Each(len(graph), func(i int) {
		t := iso.targets[i]
		graph[i] = iso.describe(t)
		iso.addLinks(&graph[i], t, t)
		for _, from := range inside[t.loc] {
			iso.addLinks(&graph[i], t, from)
		}
	})
	return graph
}

// bringer is the location of the package whose tarball holds a bundled one.
func (iso *isolation) bringer(t *target) string {
	for at := t.parent; ; {
		if _, ok := iso.index[at]; ok {
			return at
		}
		up, inModules, err := parsePlace(at)
		if err != nil || !inModules {
			return ""
		}
		at = up.parent
	}
}

// describe is a package without its links. It is called what it was published
// as, wherever an alias has put it, since it may look for itself. Its integrity
// counts, so that one which contradicts the key is found out though an entry of
// the key is there.
func (iso *isolation) describe(t *target) virtual.Package {
	p := virtual.Package{Name: t.displayName(), Version: t.pkg.Version, Content: t.key + " " + t.pkg.Integrity}
	if manifest.ValidateName(p.Name) != nil {
		p.Name = t.name
	}
	if mayBuild(iso.o, t) {
		p.Built = iso.o.Platform.String() + " " + iso.o.Runtime()
	}
	return p
}

// addLinks adds what stands beside package t because from, which is t or
// bundled in it, depends on it. What a bundled package finds inside the tarball
// needs no link; what it finds outside, it finds beside t, as t would.
func (iso *isolation) addLinks(p *virtual.Package, t, from *target) {
	for _, name := range dependencyNames(from.pkg) {
		loc, found := lookUp(iso.sel.lock, from.loc, name)
		to := iso.sel.byLoc[loc]
		if !found || to == nil || to == t || to.name != name {
			// It is not there, or bundled, omitted, for another platform; or the
			// name is a path, which would lead the link into another entry.
			continue
		}
		link := virtual.Link{At: name}
		within, nested := strings.CutPrefix(loc, t.loc+"/")
		switch {
		case nested && strings.Count(within, modules+"/") > 1:
			link.At = p.Name + "/" + within
		case name == p.Name:
			link.At = name + "/" + modules + "/" + name
		}
		if to.link != "" {
			link.Folder = diskPath(iso.o.Root, to.link)
		} else {
			link.To = iso.index[loc]
		}
		if !slices.ContainsFunc(p.Links, func(l virtual.Link) bool { return l.At == link.At }) {
			p.Links = append(p.Links, link)
		}
	}
}

// dependencyNames lists what a package may look for, in order. Peers that are
// only described, as optional, count: their packages are used when there.
func dependencyNames(pkg *lockfile.Package) []string {
	var names []string
	for _, group := range [...]map[string]string{pkg.Dependencies, pkg.OptionalDependencies, pkg.PeerDependencies} {
		for name := range group {
			names = append(names, name)
		}
	}
	for name, meta := range pkg.PeerDependenciesMeta {
		if meta.Optional {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// addDirect adds the links of one project folder: the root, a workspace, or
// another linked folder. They are what it declares, minus what is omitted of
// its own; that a workspace is one is no declaration (npm's rule), except that
// the project itself is linked where it is one.
func (iso *isolation) addDirect(base string) {
	pkg := iso.sel.lock.Packages[base]
	if pkg == nil {
		return
	}
	names := declaredNames(pkg, iso.o.Omit)
	for _, t := range iso.sel.targets {
		if base == "" && t.link == "." && t.parent == "" && !slices.Contains(names, t.name) {
			names = append(names, t.name)
		}
	}
	for _, name := range names {
		loc, ok := lookUp(iso.sel.lock, base, name)
		to := iso.sel.byLoc[loc]
		if !ok || to == nil || to.name != name {
			continue
		}
		p, inModules, err := parsePlace(joinLoc(base, modules+"/"+name))
		if err != nil || !inModules {
			continue
		}
		t := &target{place: p, pkg: to.pkg, link: to.link}
		if to.link == "" {
			i := iso.index[loc]
			iso.roots = append(iso.roots, i)
			t.entry = iso.o.Virtual.Path(iso.layout.At(i))
		}
		iso.direct = append(iso.direct, t)
	}
}

// declaredNames lists what a project folder depends on, in order, without what
// it depends on in a way that is omitted.
func declaredNames(pkg *lockfile.Package, omit []string) []string {
	kinds := map[string]string{}
	for _, group := range [...]struct {
		kind string
		deps map[string]string
	}{
		{"peer", pkg.PeerDependencies}, {"", pkg.Dependencies},
		{"optional", pkg.OptionalDependencies}, {"dev", pkg.DevDependencies},
	} {
		for name := range group.deps {
			kinds[name] = group.kind
		}
	}
	names := make([]string, 0, len(kinds))
	for name, kind := range kinds {
		if !slices.Contains(omit, kind) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// selection is what the project's own folders shall hold: links alone.
func (iso *isolation) selection() *selection {
	s := *iso.sel
	s.targets, s.bundled, s.folders = iso.direct, nil, iso.sel.links()
	s.byLoc = make(map[string]*target, len(iso.direct))
	for _, t := range iso.direct {
		s.byLoc[t.loc] = t
	}
	s.isolated = iso
	return &s
}

// folder is where package i is on the disk.
func (iso *isolation) folder(i int) string { return iso.o.Virtual.Path(iso.layout.At(i)) }

// users are the project folders with links into the store.
func (iso *isolation) users() []string {
	var folders []string
	for _, t := range iso.direct {
		if folder := diskPath(iso.o.Root, t.base); t.entry != "" && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	return folders
}

// record adds what the state tells of the packages that the direct links lead
// to, near and far. None of it is below the project's folder.
func (iso *isolation) record(in map[string]installed) {
	for i, t := range iso.targets {
		in[t.loc] = installed{Key: t.key, Name: t.displayName(), Version: t.pkg.Version, Entry: iso.layout.At(i)}
	}
}

// vouch is what the state needs to know later whether all is still there.
func (iso *isolation) vouch() *linkedState {
	return &linkedState{Root: iso.o.Root, Entries: iso.places()}
}

// places are where direct links lead to in the store, each once.
func (iso *isolation) places() []string {
	var places []string
	for _, t := range iso.direct {
		if t.entry != "" {
			places = append(places, iso.o.Virtual.At(t.entry))
		}
	}
	slices.Sort(places)
	return slices.Compact(places)
}

// report compares the packages with those of the last state. A package whose
// dependencies alone are other ones has changed for nobody but the store.
func (iso *isolation) report(old *state, res *Result) {
	before := map[string]installed{}
	if old != nil {
		before = old.Packages
	}
	for _, t := range append(slices.Clone(iso.targets), iso.sel.links()...) {
		have, known := before[t.loc]
		change := Change{Location: t.loc, Name: t.displayName(), Version: t.pkg.Version}
		switch {
		case !known:
			res.Added = append(res.Added, change)
		case have.Version != t.pkg.Version || have.Key != t.key:
			change.From = have.Version
			res.Changed = append(res.Changed, change)
		default:
			res.Kept++
		}
	}
	for loc, have := range before {
		isLink := filepath.IsAbs(have.Link) // of a project folder, to a package that is listed too
		if iso.sel.byLoc[loc] == nil && !isLink {
			res.Removed = append(res.Removed, Change{Location: loc, Name: have.Name, From: have.Version})
		}
	}
	slices.SortFunc(res.Removed, func(a, b Change) int { return lockfile.Compare(a.Location, b.Location) })
}

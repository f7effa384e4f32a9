package install

import (
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
)

// target is one location that shall be on the disk.
type target struct {
	place
	pkg *lockfile.Package
	// key is its content's key in the unpacked store; "" for a link, and for
	// a package of which the lockfile holds no digest.
	key string
	// link is a link's target as a slash path relative to the root; "" for a
	// package. The root itself is ".".
	link string
	// entry is the folder in the virtual store that a package is linked to,
	// absolute; "" for one that is placed here.
	entry string
	// beyond says that it is outside of the scope.
	beyond bool
}

// isLink says that a symbolic link is to be at the location.
func (t *target) isLink() bool { return t.link != "" || t.entry != "" }

// isUnknown says that the content of a package is not known before it is there.
func (t *target) isUnknown() bool { return t.key == "" && t.link == "" }

func (t *target) displayName() string { return t.pkg.NameAt(t.loc) }

// selection is the part of a lockfile that is wanted here.
type selection struct {
	// targets are the packages and links to have, parents before what is
	// nested in them.
	targets []*target
	byLoc   map[string]*target
	// bundled are the packages that come inside another's tarball.
	bundled []*target
	// left are the packages beyond the scope that are there, but are not what
	// the lockfile says.
	left []*target
	// bases are the project folders with a node_modules of ours, "" first.
	bases []string
	// skipped are the optional packages left out for their platform.
	skipped []Skipped
	// graph is made on first use, and so is led, what the packages that are
	// not extraneous lead to.
	graph *graph
	led   map[string]bool
	// gone holds the locations left out because optional packages failed.
	gone map[string]bool
	lock *lockfile.Lockfile
	// recorded is the record that it is of, see [Again].
	recorded *treeRecord
	// isolated is what the linked layout was made from, and folders the links
	// to project folders before; nil in the others.
	isolated *isolation
	folders  []*target
}

// links are the links to project folders that the lockfile has, though in the
// linked layout not all of them are made.
func (s *selection) links() []*target {
	if s.isolated != nil {
		return s.folders
	}
	var out []*target
	for _, t := range s.targets {
		if t.link != "" {
			out = append(out, t)
		}
	}
	return out
}

// choose selects what to install of the options' lockfile. Errors are a
// *LocationError or a *PlatformError.
func choose(o Options) (*selection, error) {
	s := &selection{
		lock:  o.Lock,
		byLoc: make(map[string]*target, len(o.Lock.Packages)),
		bases: []string{""},
		gone:  map[string]bool{},
	}
	allowed := outsideAllowed(o.Lock)
	locs := sortedLocations(o.Lock)
	for _, loc := range locs {
		if err := s.consider(loc, o.Lock.Packages[loc], o, allowed); err != nil {
			return nil, err
		}
	}
	if err := s.checkPlatforms(o); err != nil {
		return nil, err
	}
	s.confine(o)
	return s, nil
}

// Check reports whether o.Lock can be installed at all: a *LocationError for
// one that leads where it must not, a *PlatformError for one that needs a
// package which is not for o.Platform. It does not touch the disk, so that a
// caller can ask before it writes the lockfile down.
func Check(o Options) error {
	_, err := choose(o.withDefaults())
	return err
}

// sortedLocations lists the lockfile's keys, parents first.
func sortedLocations(lock *lockfile.Lockfile) []string {
	locs := lock.Locations()
	slices.Sort(locs)
	return locs
}

// consider adds one location of the lockfile, unless it is omitted or nothing
// leads to it, as may be what an override left behind.
func (s *selection) consider(loc string, pkg *lockfile.Package, o Options, allowed map[string]bool) error {
	if loc == "" {
		return nil
	}
	if pkg == nil {
		return &LocationError{loc, "it has no content"}
	}
	p, inModules, err := parsePlace(loc)
	if err != nil {
		return err
	}
	if outside(p.base) && !allowed[p.base] {
		return &LocationError{loc, "it leaves the project, and no file: dependency of the project leads there"}
	}
	switch {
	case !inModules:
		s.bases = append(s.bases, loc)
	case s.isLeft(loc, pkg) || s.flagged(pkg).IsOmitted(o.Omit):
	default:
		return s.take(p, pkg, allowed)
	}
	return nil
}

// isLeft reports whether nothing leads to a package any more. Being extraneous
// is not enough: what only an optional peer asks for is, and stays.
func (s *selection) isLeft(loc string, pkg *lockfile.Package) bool {
	if !pkg.Extraneous {
		return false
	}
	if s.led == nil {
		wanted := make(map[string]bool, len(s.lock.Packages))
		for at, p := range s.lock.Packages {
			if !p.Extraneous {
				wanted[at] = true
			}
		}
		s.led = s.edges().closure(wanted)
	}
	return !s.led[loc]
}

func (s *selection) edges() *graph {
	if s.graph == nil {
		s.graph = newGraph(s.lock)
	}
	return s.graph
}

func (s *selection) take(p place, pkg *lockfile.Package, allowed map[string]bool) error {
	t := &target{place: p, pkg: pkg}
	if pkg.InBundle && !pkg.Link && s.inTarball(p.parent) {
		s.bundled = append(s.bundled, t)
		return nil
	}
	if pkg.Link {
		t.link = linkTarget(pkg)
		if problem := s.linkProblem(t.link, allowed); problem != "" {
			return &LocationError{p.loc, problem}
		}
		if t.link == "" {
			t.link = "."
		}
	} else {
		t.key = Key(pkg)
	}
	s.targets = append(s.targets, t)
	s.byLoc[p.loc] = t
	return nil
}

// inTarball says whether a bundled package below a location comes in the
// tarball of the package there, or of one above. What the project itself
// bundles does not.
func (s *selection) inTarball(parent string) bool {
	for strings.Contains("/"+parent+"/", "/"+modules+"/") {
		if pkg := s.lock.Packages[parent]; pkg != nil && len(pkg.BundleDependencies) > 0 {
			return true
		}
		parent = parent[:max(strings.LastIndex("/"+parent, "/"+modules+"/")-1, 0)]
	}
	return false
}

// flagged is the entry that says of what kind a package is: of a link, what it
// leads to.
func (s *selection) flagged(pkg *lockfile.Package) *lockfile.Package {
	if to := s.lock.Packages[linkTarget(pkg)]; pkg.Link && to != nil {
		return to
	}
	return pkg
}

// checkPlatforms leaves out the optional packages that are for another
// platform or another Node, with all that falls with them, and fails on others
// for another platform.
func (s *selection) checkPlatforms(o Options) error {
	for _, t := range slices.Clone(s.targets) {
		if s.gone[t.loc] || t.link != "" || o.Force && !t.pkg.Optional {
			continue
		}
		reason := t.unfit(o)
		switch {
		case reason == nil:
		case t.pkg.Optional:
			s.drop(t, reason)
		case o.Platform.supports(t.pkg):
		default:
			return reason
		}
	}
	s.sweep()
	return nil
}

// unfit says why the package cannot be used here, nil when it can.
func (t *target) unfit(o Options) error {
	if o.Platform.supports(t.pkg) {
		return o.Engines(t.pkg)
	}
	return &PlatformError{
		Location: t.loc, Name: t.displayName(), Version: t.pkg.Version, Current: o.Platform,
		OS: t.pkg.OS, CPU: t.pkg.CPU, Libc: t.pkg.Libc,
	}
}

// drop marks an optional package, and all that falls with it, as not wanted,
// and returns these locations. The lists still hold them until [sweep].
func (s *selection) drop(t *target, reason error) []string {
	s.skipped = append(s.skipped, Skipped{t.loc, t.displayName(), t.pkg.Version, reason})
	var fallen []string
	for loc := range s.edges().fallsWith(t.loc, s.gone) {
		if pkg := s.lock.Packages[loc]; pkg != nil && pkg.Optional && !s.gone[loc] {
			s.gone[loc] = true
			fallen = append(fallen, loc)
		}
	}
	return fallen
}

// sweep takes what has gone, and what is nested in it, off the lists.
func (s *selection) sweep() {
	if len(s.gone) == 0 {
		return
	}
	for _, t := range s.targets {
		if s.gone[t.parent] {
			s.gone[t.loc] = true
		}
	}
	isGone := func(t *target) bool { return s.gone[t.loc] || s.gone[t.parent] }
	s.targets = slices.DeleteFunc(s.targets, isGone)
	s.bundled = slices.DeleteFunc(s.bundled, isGone)
	for loc := range s.gone {
		delete(s.byLoc, loc)
	}
}

// linkTarget is where a link leads, relative to the root.
func linkTarget(pkg *lockfile.Package) string {
	return strings.TrimPrefix(pkg.Resolved, "file:")
}

// linkProblem refuses link targets that are no project folder, nor a package
// that this lockfile places: with a link to one npm ends a cycle of packages
// that would nest for ever.
func (s *selection) linkProblem(to string, allowed map[string]bool) string {
	if problem := pathProblem(to); problem != "" {
		return "its target " + problem[len("it "):]
	}
	if outside(to) && !allowed[to] {
		return "its target leaves the project, and no file: dependency of the project leads there"
	}
	if strings.Contains("/"+to+"/", "/"+modules+"/") {
		if pkg := s.lock.Packages[to]; pkg == nil || pkg.Link {
			return "its target is in a node_modules folder, and no package of the lockfile"
		}
	}
	return ""
}

// outsideAllowed collects the folders outside the project that the project
// itself asks for: targets of file: dependencies of the root, of workspaces,
// and of such folders in turn.
func outsideAllowed(lock *lockfile.Lockfile) map[string]bool {
	allowed := map[string]bool{}
	for again := true; again; {
		again = false
		for loc, pkg := range lock.Packages {
			if pkg == nil || !pkg.Link || !outside(linkTarget(pkg)) || allowed[linkTarget(pkg)] {
				continue
			}
			if askedFor(lock, lockfile.NameOf(loc), allowed) {
				allowed[linkTarget(pkg)] = true
				again = true
			}
		}
	}
	return allowed
}

// askedFor says whether a project folder depends on name by a file: spec.
func askedFor(lock *lockfile.Lockfile, name string, allowed map[string]bool) bool {
	for loc, pkg := range lock.Packages {
		if pkg == nil || strings.Contains("/"+loc, "/"+modules+"/") || outside(loc) && !allowed[loc] {
			continue
		}
		for _, group := range []map[string]string{pkg.Dependencies, pkg.DevDependencies, pkg.OptionalDependencies} {
			if strings.HasPrefix(group[name], "file:") || strings.HasPrefix(group[name], "link:") {
				return true
			}
		}
	}
	return false
}

package install

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/ipnpm/ipnpm/lockfile"
)

// action is what happens to one location.
type action uint8

const (
	// keep: what is there is right.
	keep action = iota
	// add: nothing is there.
	add
	// replace: something else is there.
	replace
)

// plan is the difference between a selection and the disk.
type plan struct {
	keep, add, replace []*target
	// remove are the locations that are there and not wanted, parents
	// first; nothing nested in a removed one is listed.
	remove []string
	// left are the folders with strangers that are not removed, because they
	// are beyond the scope.
	left []string
	// empty are scope and nested node_modules folders with nothing in them.
	empty []string
	// unlink are symbolic links in the place of node_modules or scope
	// folders, to be removed before anything else.
	unlink []string
	// before is what the state, or the disk, said of each location that is
	// replaced or removed.
	before map[string]installed
	// nested says of a replaced package that what is in its node_modules is
	// to be moved into the new one.
	nested map[string]bool
}

// idle says that the plan changes nothing.
func (p *plan) idle() bool {
	return len(p.add)+len(p.replace)+len(p.remove)+len(p.unlink) == 0
}

// vet asks about every package that is to be brought in.
func (p *plan) vet(ask func(*lockfile.Package) error) error {
	if ask == nil {
		return nil
	}
	for _, targets := range [...][]*target{p.add, p.replace} {
		for _, t := range targets {
			if t.link != "" {
				continue
			}
			if err := ask(t.pkg); err != nil {
				return err
			}
		}
	}
	return nil
}

// planner compares. It reads the disk and changes nothing.
type planner struct {
	o    Options
	sel  *selection
	old  *state // nil in a tree that is not ours
	npm  *witness
	plan *plan
	// acts remembers the action of each target, for what is nested in it.
	acts map[string]action
	// real caches whether a folder is there and no link, listed what is in one.
	real   map[string]bool
	listed map[string]listing
	// steady caches whether a folder has not changed since the last install.
	steady map[string]bool
	// recordedIn is what the state knows of, by node_modules folder.
	recordedIn map[string][]place
	// scanned are the node_modules folders that were looked through.
	scanned map[string]bool
	// swept are the node_modules folders that strangers are removed from; nil
	// for all.
	swept map[string]bool
}

// newPlan decides for every location what is to be done.
func newPlan(o Options, sel *selection, old *state) (*plan, error) {
	p := &planner{
		o: o, sel: sel, old: old,
		plan: &plan{before: map[string]installed{}, nested: map[string]bool{}},
		acts: make(map[string]action, len(sel.targets)),
		real: map[string]bool{}, listed: map[string]listing{}, steady: map[string]bool{}, scanned: map[string]bool{},
	}
	if old == nil || old.Stamps[modules+"/"+hiddenLock] != stampOf(o.Root, modules+"/"+hiddenLock) {
		// Either the tree is not ours, or npm has been at it since.
		p.npm = readWitness(o.Root)
	}
	if err := checkBases(o.Root, sel); err != nil {
		return nil, err
	}
	for _, t := range sel.targets {
		p.decide(t)
	}
	p.leave()
	if err := p.findExtraneous(); err != nil {
		return nil, err
	}
	return p.plan, nil
}

// decide files one target under its action.
func (p *planner) decide(t *target) {
	act := p.act(t)
	p.acts[t.loc] = act
	if t.beyond && act != keep {
		return
	}
	switch act {
	case keep:
		p.plan.keep = append(p.plan.keep, t)
	case add:
		p.plan.add = append(p.plan.add, t)
	case replace:
		p.plan.replace = append(p.plan.replace, t)
		p.plan.before[t.loc] = p.found(t.loc)
		p.plan.nested[t.loc] = p.movesNested(t)
	}
}

func (p *planner) act(t *target) action {
	if !p.reachable(t) {
		return add
	}
	if p.isSteady(t.place) && p.isRecorded(t) {
		return keep
	}
	if p.old == nil && p.isBare(t) {
		return add
	}
	path := diskPath(p.o.Root, t.loc)
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return add
	case t.isLink():
		if p.isLink(t, path) {
			return keep
		}
	case info.IsDir() && !p.o.Clean && p.isRight(t, path):
		return keep
	}
	return replace
}

// isSteady says that nothing was added, removed or replaced in the folders that
// a package lies in since the last install ended, as far as their times tell:
// what also the check trusts that finds nothing to do. Then what the state says
// of the package needs no look at the disk.
func (p *planner) isSteady(at place) bool {
	if p.old == nil || p.old.Pending || p.old.Linked != nil || p.npm != nil || p.o.Clean {
		return false
	}
	scope := scopeDir(at)
	return p.keptItsTime(at.dir) && (scope == "" || p.keptItsTime(scope))
}

// keptItsTime compares a folder's time with the state's, once.
func (p *planner) keptItsTime(dir string) bool {
	steady, known := p.steady[dir]
	if !known {
		stamp := p.old.Stamps[dir]
		steady = stamp != 0 && !slices.Contains(p.old.Left, dir) && stampOf(p.o.Root, dir) == stamp
		p.steady[dir] = steady
	}
	return steady
}

// isRecorded says that the state has the target as it is wanted.
func (p *planner) isRecorded(t *target) bool {
	if t.isLink() {
		return false
	}
	have, known := p.recorded(t)
	return known && (have.Built || !p.mustBuild(t))
}

// reachable says that what is on the disk at t's path is really at that path:
// no folder above it is a link, or about to be emptied.
func (p *planner) reachable(t *target) bool {
	if act, ok := p.acts[t.parent]; ok && (act == add || act == replace && !p.plan.nested[t.parent]) {
		return false
	}
	if !p.isReal(t.dir) {
		return false
	}
	scope := scopeDir(t.place)
	return scope == "" || p.isReal(scope)
}

// scopeDir is the folder of a scoped package's scope, "" for others.
func scopeDir(t place) string {
	if t.name[0] != '@' {
		return ""
	}
	return t.loc[:len(t.loc)-len(filepath.Base(t.name))-1]
}

// isReal looks once at a node_modules or scope folder. A link in its place is
// noted for removal.
func (p *planner) isReal(dir string) bool {
	real, known := p.real[dir]
	if !known {
		info, err := os.Lstat(diskPath(p.o.Root, dir))
		real = err == nil && info.IsDir()
		if err == nil && !real {
			p.plan.unlink = append(p.plan.unlink, dir)
		}
		p.real[dir] = real
	}
	return real
}

// isBare says that the folder that a target belongs into has no package at all, as
// in a new project: one question instead of one for each.
func (p *planner) isBare(t *target) bool {
	dir := t.dir
	if scope := scopeDir(t.place); scope != "" {
		dir = scope
	}
	l := p.read(dir)
	return l.err == nil && len(l.entries) == 0
}

// isLink says that the link at path leads where the target says.
func (p *planner) isLink(t *target, path string) bool {
	have, err := os.Readlink(path)
	want, wantErr := t.linkText(p.o.Root)
	return err == nil && wantErr == nil && have == want
}

// isRight says that the folder at path holds the target's package, whole.
func (p *planner) isRight(t *target, path string) bool {
	have, known := p.recorded(t)
	if !known {
		return false
	}
	if p.npm != nil {
		if !p.npm.vouches(t, path) {
			return false
		}
	} else if p.o.Global != nil {
		// npm writes no record there of what it does to our packages.
		if _, version := readIdentity(path); version != t.pkg.Version {
			return false
		}
	} else if _, err := os.Lstat(path + sep + "package.json"); err != nil {
		return false
	}
	return have.Built || !p.mustBuild(t)
}

// recorded finds what is known of the location, if it is the target. In a
// tree that is not ours, that is left to npm's record.
func (p *planner) recorded(t *target) (installed, bool) {
	if p.old == nil {
		return installed{}, true
	}
	have, ok := p.old.Packages[t.loc]
	if !ok || have.isElsewhere() {
		return have, false
	}
	if t.key == "" {
		return have, have.Resolved == t.pkg.Resolved && have.Version == t.pkg.Version
	}
	return have, have.Key == t.key
}

// mustBuild says that scripts of the package are going to run, which needs a
// folder of its own and not links into the store.
func (p *planner) mustBuild(t *target) bool { return mayBuild(p.o, t) }

// mayBuild says that install scripts are there, wanted and approved.
func mayBuild(o Options, t *target) bool {
	return !o.IgnoreScripts && t.pkg.HasInstallScript && t.link == "" &&
		o.Approved(t.displayName(), t.pkg.Version, t.pkg.CID)
}

// rebuilds says whether a package's scripts are to run again.
func rebuilds(o Options, t *target) bool {
	return o.Rebuild != nil && mayBuild(o, t) && o.Rebuild(t.displayName(), t.pkg.Version)
}

// movesNested says that the packages in a replaced package's node_modules are
// packages of the lockfile, not of the old tarball, and that the new one has none,
// which would be laid over them.
func (p *planner) movesNested(t *target) bool {
	if p.old == nil || p.o.Clean {
		return false
	}
	have, ok := p.old.Packages[t.loc]
	return ok && !have.isElsewhere() && !have.Modules && len(t.pkg.BundleDependencies) == 0 && !t.isLink() &&
		isDir(diskPath(p.o.Root, t.loc))
}

// found is what is known of something about to go.
func (p *planner) found(loc string) installed {
	if p.old != nil {
		if have, ok := p.old.Packages[loc]; ok {
			return have
		}
	}
	name, version := readIdentity(diskPath(p.o.Root, loc))
	if name == "" {
		name = filepath.Base(loc)
	}
	return installed{Name: name, Version: version}
}

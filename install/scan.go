package install

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// findExtraneous lists what is in the node_modules folders and not wanted.
// Names that begin with a dot are left alone (.cache, .vite, .bin), and so
// are plain files. What a package's tarball brought with it is its own.
func (p *planner) findExtraneous() error {
	p.recordedIn, p.swept = p.old.byFolder(), p.sweeps()
	wanted := make(map[string]bool, len(p.sel.byLoc)+len(p.sel.bundled))
	for loc := range p.sel.byLoc {
		wanted[loc] = true
	}
	for _, t := range slices.Concat(p.sel.bundled, p.sel.left) {
		wanted[t.loc] = true
	}
	if err := p.scanBases(wanted); err != nil {
		return err
	}
	for _, t := range slices.Concat(p.plan.keep, p.plan.replace) {
		at := t.loc + "/" + modules
		if len(p.recordedIn[at]) == 0 && p.acts[t.loc] == keep && p.isSteady(t.place) && !slices.Contains(p.old.Left, at) {
			continue
		}
		if p.hasOwnNested(t) {
			if err := p.scanModules(at, wanted); err != nil {
				return err
			}
		}
	}
	p.addForgotten(wanted)
	slices.Sort(p.plan.remove)
	return nil
}

// scanBases looks through the node_modules of the project's own folders.
func (p *planner) scanBases(wanted map[string]bool) error {
	if p.o.Global != nil {
		p.removeNamed()
		return nil
	}
	for _, base := range p.sel.bases {
		if !outside(base) && isOwnFolder(p.o.Root, base) {
			if err := p.scanModules(joinLoc(base, modules), wanted); err != nil {
				return err
			}
		}
	}
	return nil
}

// hasOwnNested says that a target's node_modules holds only what the lockfile
// put there.
func (p *planner) hasOwnNested(t *target) bool {
	if t.isLink() || len(t.pkg.BundleDependencies) > 0 {
		return false
	}
	if p.acts[t.loc] == replace {
		return p.plan.nested[t.loc]
	}
	return p.old == nil || !p.old.Packages[t.loc].Modules
}

// addForgotten removes what the last state lists and this lockfile does not,
// where no scan looked: in folders that are no longer workspaces, and outside.
func (p *planner) addForgotten(wanted map[string]bool) {
	for dir, recorded := range p.recordedIn {
		if p.scanned[dir] {
			continue // in the linked layout a thousand that are not there
		}
		for _, at := range recorded {
			if wanted[at.loc] || slices.Contains(p.plan.remove, at.loc) {
				continue
			}
			if _, listed := p.old.Packages[at.parent]; listed && at.depth > 1 {
				continue // goes or stays with its parent, which was scanned
			}
			if at.depth == 1 && p.o.Global == nil && p.isReal(at.dir) && exists(diskPath(p.o.Root, at.loc)) {
				p.noteRemoval(at.loc)
			}
		}
	}
}

// holdsOnlyRecorded says that a folder has what the state lists and no more.
func (p *planner) holdsOnlyRecorded(dir string) bool {
	recorded := p.recordedIn[dir]
	return len(recorded) > 0 && !slices.ContainsFunc(recorded, func(at place) bool { return !p.isSteady(at) })
}

// scanModules looks through one node_modules folder and its scopes.
func (p *planner) scanModules(dir string, wanted map[string]bool) error {
	p.scanned[dir] = true
	if p.holdsOnlyRecorded(dir) {
		for _, at := range p.recordedIn[dir] {
			if !wanted[at.loc] && exists(diskPath(p.o.Root, at.loc)) {
				p.noteRemoval(at.loc)
			}
		}
		return nil
	}
	entries, err := p.list(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		loc := dir + "/" + e.Name()
		if e.Name()[0] != '@' || !e.IsDir() {
			p.consider(dir, loc, e, wanted)
			continue
		}
		scoped, err := p.list(loc)
		if err != nil {
			return err
		}
		for _, e := range scoped {
			p.consider(dir, loc+"/"+e.Name(), e, wanted)
		}
	}
	return nil
}

// list reads a folder, without its dot names. None is empty.
func (p *planner) list(dir string) ([]fs.DirEntry, error) {
	if !p.isReal(dir) {
		return nil, nil
	}
	l := p.read(dir)
	if l.err == nil && len(l.entries) == 0 {
		// Of a killed run's removals; a .bin may be left of what is gone.
		p.plan.empty = append(p.plan.empty, dir)
	}
	return l.entries, explain(l.err)
}

// listing is what is in a folder.
type listing struct {
	entries []fs.DirEntry
	err     error
}

// read reads a folder once, without its dot names.
func (p *planner) read(dir string) listing {
	l, known := p.listed[dir]
	if !known {
		l.entries, l.err = os.ReadDir(diskPath(p.o.Root, dir))
		hidden := func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") }
		l.entries = slices.DeleteFunc(l.entries, hidden)
		p.listed[dir] = l
	}
	return l
}

// consider notes one entry of a node_modules folder for removal, if it is a
// package and not wanted.
func (p *planner) consider(dir, loc string, e fs.DirEntry, wanted map[string]bool) {
	if wanted[loc] || !e.IsDir() && e.Type()&fs.ModeSymlink == 0 || slices.Contains(p.plan.unlink, loc) {
		return
	}
	if p.spares(dir, loc) {
		if !slices.Contains(p.plan.left, dir) {
			p.plan.left = append(p.plan.left, dir)
		}
		return
	}
	p.noteRemoval(loc)
}

func (p *planner) noteRemoval(loc string) {
	p.plan.remove = append(p.plan.remove, loc)
	p.plan.before[loc] = p.found(loc)
}

// checkBases refuses to install below a project folder that is a link to a
// place outside the project.
func checkBases(root string, sel *selection) error {
	checked := map[string]bool{}
	for _, t := range sel.targets {
		if checked[t.base] || outside(t.base) {
			continue
		}
		checked[t.base] = true
		if exists(diskPath(root, t.base)) && !isOwnFolder(root, t.base) {
			return &LocationError{t.loc, "its folder is a link that leaves the project"}
		}
	}
	return nil
}

// isOwnFolder says that a project folder is there and, links followed, inside
// the project.
func isOwnFolder(root, base string) bool {
	if base == "" {
		return true
	}
	realRoot, err := filepath.EvalSymlinks(root)
	if err != nil {
		return false
	}
	real, err := filepath.EvalSymlinks(diskPath(root, base))
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(realRoot, real)
	return err == nil && filepath.IsLocal(rel)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// readIdentity reads name and version of the package in a folder; empty when
// there is none.
func readIdentity(dir string) (name, version string) {
	data, err := manifest.ReadFolder(dir)
	if err != nil {
		return "", ""
	}
	var m struct {
		Name    manifest.Text `json:"name"`
		Version manifest.Text `json:"version"`
	}
	// A half-readable file gives what could be read.
	_ = json.Unmarshal(data, &m)
	return string(m.Name), string(m.Version)
}

// witness is npm's hidden lockfile: what npm says it installed.
type witness struct {
	packages map[string]struct {
		Version   string            `json:"version"`
		Integrity string            `json:"integrity"`
		Patched   *lockfile.Patched `json:"patched"`
		// Extraneous is a stranger that npm left alone.
		Extraneous bool `json:"extraneous"`
	}
}

// maxHiddenLock bounds what is read of npm's record, in bytes.
const maxHiddenLock = 256 << 20

// readWitness reads node_modules/.package-lock.json. A lacking or unreadable
// one vouches for nothing.
func readWitness(root string) *witness {
	w := &witness{}
	file := diskPath(root, modules+"/"+hiddenLock)
	info, err := os.Lstat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxHiddenLock {
		return w
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return w
	}
	var doc struct {
		Packages json.RawMessage `json:"packages"`
	}
	if json.Unmarshal(data, &doc) == nil {
		_ = json.Unmarshal(doc.Packages, &w.packages)
	}
	return w
}

// vouches says that npm recorded the very tarball of the target at its
// location, with the same patch or none, and that the version there is still the
// same.
func (w *witness) vouches(t *target, path string) bool {
	have, ok := w.packages[t.loc]
	if !ok || have.Integrity == "" || have.Version != t.pkg.Version ||
		sha512Of(have.Integrity) == "" || sha512Of(have.Integrity) != sha512Of(t.pkg.Integrity) ||
		patchOf(have.Patched) != patchOf(t.pkg.Patched) {
		return false
	}
	_, version := readIdentity(path)
	return version == have.Version
}

// placed says that npm recorded a package at the location that something asked
// for.
func (w *witness) placed(loc string) bool {
	if w == nil {
		return false
	}
	have, ok := w.packages[loc]
	return ok && !have.Extraneous
}

// patchOf is a patch's digest, "" for none.
func patchOf(p *lockfile.Patched) string {
	if p == nil {
		return ""
	}
	return p.Integrity
}

package tree

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve"
)

const modules = "node_modules"

// Options say which project is read. Dir and Root are needed.
type Options struct {
	// Dir is the project's folder, absolute.
	Dir        string
	Root       *manifest.Manifest
	Workspaces []manifest.Workspace
	// Self is the project's name as one of its own workspaces, "" for none.
	Self string
	// Lock is what was installed, as far as anybody knows; may be nil.
	Lock *lockfile.Lockfile
	// Extensions are packageExtensions; nil for none.
	Extensions *manifest.Extensions
	// LegacyPeerDeps leaves peer dependencies out of account, and InstallLinks
	// takes links for wrong where folders are asked for, as the keys do.
	LegacyPeerDeps, InstallLinks bool
	// Global says that Dir has global packages; it need not be there.
	Global bool
}

// Read reads what is in the project's node_modules folders.
func Read(ctx context.Context, o Options) (*Graph, error) {
	dir, err := filepath.EvalSymlinks(o.Dir)
	if o.Global && errors.Is(err, fs.ErrNotExist) {
		dir, err = o.Dir, nil
	}
	if err != nil {
		return nil, err
	}
	lock := o.Lock
	if lock == nil {
		lock = new(lockfile.Lockfile)
	}
	r := &reader{dir: dir, lock: lock, found: map[string]*lockfile.Package{"": {}}, paths: map[string]string{}}
	if err := r.modules(""); err != nil {
		return nil, err
	}
	for _, w := range o.Workspaces {
		if err := r.folder(w.Location); err != nil {
			return nil, err
		}
	}
	r.addBundled()
	if len(r.paths) > 0 {
		r.addWorkspaces(o)
	}
	return o.load(ctx, dir, r.found, r.paths)
}

// Locked is the graph of the lockfile, whatever is installed.
func Locked(ctx context.Context, o Options) (*Graph, error) {
	packages := maps.Clone(o.Lock.Packages)
	packages[""] = &lockfile.Package{}
	return o.load(ctx, o.Dir, packages, nil)
}

// load has resolve judge what was found.
func (o Options) load(ctx context.Context, dir string, packages map[string]*lockfile.Package, paths map[string]string) (*Graph, error) {
	// What is there is to be shown, also what was installed under other rules.
	packages[""].ExtensionsHash = o.Extensions.Hash()
	t, err := resolve.Load(ctx, resolve.Request{
		Root: o.Root, Workspaces: o.Workspaces, Self: o.Self, Extensions: o.Extensions,
		Lock:    &lockfile.Lockfile{Packages: packages},
		Options: resolve.Options{LegacyPeerDeps: o.LegacyPeerDeps, InstallLinks: o.InstallLinks, Global: o.Global},
	})
	if err != nil {
		return nil, err
	}
	packages[""] = resolve.Describe(o.Root, true)
	return snapshot(dir, t, packages, paths), nil
}

// reader writes down what is on disk as a lockfile does.
type reader struct {
	dir   string
	lock  *lockfile.Lockfile
	found map[string]*lockfile.Package
	// paths has where the files of a location are, where that is elsewhere.
	paths map[string]string
}

func (r *reader) disk(location string) string {
	return filepath.Join(r.dir, filepath.FromSlash(location))
}

// modules reads the node_modules of the package or folder at a location.
func (r *reader) modules(of string) error {
	return r.shelf(of, strings.TrimPrefix(of+"/"+modules, "/"))
}

// shelf reads a node_modules folder, or a scope in one. None is empty.
func (r *reader) shelf(of, at string) error {
	entries, err := os.ReadDir(r.disk(at))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		location := at + "/" + e.Name()
		switch {
		case e.Name()[0] == '.':
		case e.Type()&fs.ModeSymlink != 0:
			err = r.link(of, location)
		case !e.IsDir():
		case e.Name()[0] == '@' && filepath.Base(at) == modules:
			err = r.shelf(of, location)
		default:
			r.found[location] = r.describe(location, r.disk(location))
			err = r.modules(location)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// link reads a symbolic link: one into the virtual store stands for the package
// there. One that leads nowhere is as good as none.
func (r *reader) link(of, location string) error {
	real, err := filepath.EvalSymlinks(r.disk(location))
	if err != nil {
		return nil //nolint:nilerr // what depends on it will be said to miss it
	}
	name := lockfile.NameOf(location)
	if at := r.lock.Find(of, name); at != "" && !r.lock.Packages[at].Link && r.isLocked(at, real) {
		r.follow(at, real)
		return nil
	}
	rel, err := filepath.Rel(r.dir, real)
	if err != nil {
		return err
	}
	target := filepath.ToSlash(rel)
	if target == "." {
		target = ""
	}
	r.found[location] = &lockfile.Package{Link: true, Resolved: target}
	return r.folder(target)
}

// folder reads a folder outside of node_modules with what is installed in it.
func (r *reader) folder(location string) error {
	if r.found[location] != nil {
		return nil
	}
	r.found[location] = r.parse(location, r.disk(location))
	return r.modules(location)
}

// follow reads the package in the virtual store that stands for a location of
// the lockfile, and what it finds beside it.
func (r *reader) follow(location, real string) {
	if r.found[location] != nil {
		return
	}
	pkg := r.lock.Packages[location]
	r.found[location], r.paths[location] = pkg, real
	beside := real
	if i := strings.LastIndex(filepath.ToSlash(real), "/"+modules+"/"); i >= 0 {
		beside = real[:i+len("/"+modules)]
	}
	for _, group := range [...]map[string]string{pkg.Dependencies, pkg.OptionalDependencies, pkg.PeerDependencies} {
		for _, name := range slices.Sorted(maps.Keys(group)) {
			at := r.lock.Find(location, name)
			if at == "" || r.lock.Packages[at].Link {
				continue
			}
			if dep, err := filepath.EvalSymlinks(filepath.Join(beside, filepath.FromSlash(name))); err == nil && r.isLocked(at, dep) {
				r.follow(at, dep)
			}
		}
	}
}

// addWorkspaces adds the links to workspaces that the linked layout does without,
// since no package.json asks for them: as in the hoisted one they are the
// project's.
func (r *reader) addWorkspaces(o Options) {
	for _, w := range o.Workspaces {
		location := modules + "/" + w.Name()
		if locked := r.lock.Packages[location]; r.found[location] == nil && locked != nil && locked.Link && !declares(o.Root, w.Name()) {
			r.found[location] = locked
		}
	}
}

func declares(m *manifest.Manifest, name string) bool {
	for _, group := range [...]map[string]string{m.Dependencies, m.DevDependencies, m.OptionalDependencies, m.PeerDependencies} {
		if _, has := group[name]; has {
			return true
		}
	}
	return false
}

// addBundled adds what packages in the virtual store brought with them.
func (r *reader) addBundled() {
	for _, location := range r.lock.Locations() {
		at := strings.LastIndex(location, "/"+modules+"/")
		if at < 0 || !r.lock.Packages[location].InBundle || r.found[location] != nil {
			continue
		}
		if owner, ok := r.paths[location[:at]]; ok {
			real := filepath.Join(owner, filepath.FromSlash(location[at+1:]))
			if r.isLocked(location, real) {
				r.found[location], r.paths[location] = r.lock.Packages[location], real
			}
		}
	}
}

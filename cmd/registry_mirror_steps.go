package cmd

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/mirror"
	"github.com/ipnpm/ipnpm/resolve"
)

// mirrorStep finds some of the versions to mirror. A run takes one step after
// the other and forgets the documents of each, so that what it needs of memory
// follows from the largest step and not from their number.
type mirrorStep func(ctx context.Context, up *upstreamRegistry, bar *progress) ([]*registry.Version, error)

// mirroring is one run of mirror.
type mirroring struct {
	session *session
	from    string
	bar     *progress
	info    registry.Info
	seen    map[string]bool // name@version
	total   mirror.Added
}

// take carries out one step on top of those before.
func (m *mirroring) take(ctx context.Context, step mirrorStep) error {
	up, err := m.session.newUpstream(m.from)
	if err != nil {
		return err
	}
	defer up.cache.Flush()
	versions, err := step(ctx, up, m.bar)
	if err != nil {
		return err
	}
	versions = slices.DeleteFunc(versions, func(v *registry.Version) bool {
		id := v.Name + "@" + v.Version
		again := m.seen[id]
		m.seen[id] = true
		return again
	})
	m.bar.Phase("fetch", len(m.seen))
	added, err := up.mirror.Add(ctx, versions, mirror.AddOptions{
		Base: m.total.Root, Info: m.info, Unfinished: true,
		OnTarball: func(v *registry.Version, size int64) { m.bar.Step("fetch", v.Name, size) },
	})
	if err != nil {
		return err
	}
	m.total.Root = added.Root
	m.total.Changed += added.Changed
	m.total.Versions += added.Versions
	m.total.Bytes += added.Bytes
	m.total.Fetched += added.Fetched
	m.total.Signed += added.Signed
	m.total.Unsigned = append(m.total.Unsigned, added.Unsigned...)
	return nil
}

// mirrorSteps are one for each package or package.json that is named, and some
// for each lockfile.
func (s *session) mirrorSteps(o mirrorOptions) ([]mirrorStep, error) {
	var steps []mirrorStep
	for _, path := range o.lock {
		more, err := s.lockSteps(s.app.absolute(path))
		if err != nil {
			return nil, err
		}
		steps = append(steps, more...)
	}
	roots, err := s.mirrorRoots(o)
	for _, root := range roots {
		steps = append(steps, s.closureStep(root))
	}
	return steps, err
}

// closureStep is what a project would install, sorted, so that equal input makes
// an equal index.
func (s *session) closureStep(root *manifest.Manifest) mirrorStep {
	return func(ctx context.Context, up *upstreamRegistry, bar *progress) ([]*registry.Version, error) {
		found := &pickSet{versions: map[string]*registry.Version{}, bar: bar}
		bar.Phase("resolve", 0)
		request := s.request(ctx, newProject(s.project, &manifest.File{Manifest: root}), plan{})
		request.Index, request.Options.OnPick, request.Options.Elsewhere = up, found.add, up.elsewhere
		// Two of the named packages need not go together in one tree.
		request.Options.Force = true
		tree, err := resolve.Build(ctx, request)
		if err != nil {
			return nil, err
		}
		for v := range tree.Versions() {
			found.add(v)
		}
		return found.sorted(), nil
	}
}

// pickSet gathers versions from the resolver's goroutines.
type pickSet struct {
	mu       sync.Mutex
	versions map[string]*registry.Version
	bar      *progress
}

func (p *pickSet) add(v *registry.Version) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.versions[v.Name+"@"+v.Version]; !ok {
		p.versions[v.Name+"@"+v.Version] = v
		p.bar.Step("resolve", v.Name, 0)
	}
}

func (p *pickSet) sorted() []*registry.Version {
	keys := slices.Sorted(maps.Keys(p.versions))
	out := make([]*registry.Version, len(keys))
	for i, k := range keys {
		out[i] = p.versions[k]
	}
	return out
}

// mirrorRoots are made-up projects: one a spec, since two may ask for
// different versions of one package, and the given package.json files.
func (s *session) mirrorRoots(o mirrorOptions) ([]*manifest.Manifest, error) {
	var roots []*manifest.Manifest
	for _, arg := range o.specs {
		spec, err := manifest.ParseArg(arg)
		if err != nil {
			return nil, err
		}
		if !spec.Registry() {
			return nil, &hintError{
				err:  fmt.Errorf("%s: only packages of a registry can be mirrored", arg),
				hint: "name them as for add: name, name@range or name@tag",
			}
		}
		roots = append(roots, &manifest.Manifest{Dependencies: manifest.StringMap{spec.Name: spec.Raw}})
	}
	for _, path := range o.packageJSON {
		f, err := manifest.Load(s.app.absolute(path))
		if err != nil {
			return nil, err
		}
		roots = append(roots, f.Manifest)
	}
	return roots, nil
}

// lockNames is how many packages of a lockfile are one step.
const lockNames = 256

// lockSteps are for exactly what a lockfile names.
func (s *session) lockSteps(path string) ([]mirrorStep, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	parse := lockfile.ImportPackageLock
	if filepath.Base(path) == lockfile.FileName {
		parse = lockfile.Parse
	}
	lock, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	locked := map[string]map[string]string{} // integrity by version by name
	for location, pkg := range lock.Packages {
		if location == "" || pkg.Link || pkg.InBundle || pkg.Resolved != "" || pkg.Integrity == "" {
			continue
		}
		name := packageName(location, pkg)
		if locked[name] == nil {
			locked[name] = map[string]string{}
		}
		locked[name][pkg.Version] = pkg.Integrity
	}
	var steps []mirrorStep
	for names := range slices.Chunk(slices.Sorted(maps.Keys(locked)), lockNames) {
		steps = append(steps, lockedStep(names, locked))
	}
	return steps, nil
}

// lockedStep looks up the versions of some names.
func lockedStep(names []string, locked map[string]map[string]string) mirrorStep {
	return func(ctx context.Context, up *upstreamRegistry, bar *progress) ([]*registry.Version, error) {
		bar.Phase("resolve", 0)
		if err := up.Prefetch(ctx, names); err != nil {
			return nil, err
		}
		var out []*registry.Version
		for _, name := range names {
			doc, err := up.Packument(ctx, name)
			if err != nil {
				return nil, err
			}
			for _, number := range slices.Sorted(maps.Keys(locked[name])) {
				v, err := lockedVersion(doc, number, locked[name][number])
				if err != nil {
					return nil, err
				}
				out = append(out, v)
				bar.Step("resolve", name, 0)
			}
		}
		return out, nil
	}
}

// lockedVersion is the version of a document, if it is what was locked.
func lockedVersion(doc *registry.Packument, number, integrity string) (*registry.Version, error) {
	v, err := doc.Version(number)
	if err != nil {
		return nil, err
	}
	return v, checkLocked(integrity, v)
}

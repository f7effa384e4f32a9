package resolve

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"sync"

	"github.com/ipnpm/ipnpm/internal/flight"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
	"github.com/ipnpm/ipnpm/resolve/pick"
)

// source answers which package satisfies a spec, and remembers everything it
// learnt on the way. It is safe for concurrent use.
type source struct {
	index   Index
	options Options
	pick    pick.Options
	pins    *lockfile.Graph
	members members
	// extensions are the project's packageExtensions, nil without.
	extensions *manifest.Extensions

	wants *requirements

	mu        sync.Mutex
	picks     map[want]*pkg
	packages  map[*registry.Version]*pkg
	seen      map[string]bool // name@version told to OnPick
	documents flight.Group[string, *registry.Packument]
}

// want is a name and the spec asked of it.
type want struct {
	name, spec string
	pinned     bool // see pinned
}

func newSource(r *Request) *source {
	o := r.Options
	locked := 0
	if r.Lock != nil {
		locked = len(r.Lock.Packages)
	}
	return &source{
		pick: pick.Options{DefaultTag: o.DefaultTag, Before: o.Before, BeforeExclude: o.BeforeExclude,
			NodeVersion: o.NodeVersion, NPMVersion: o.NPMVersion},
		index: r.Index, pins: r.Pins, options: o, members: membersOf(r), extensions: r.Extensions,
		wants:    newRequirements(locked),
		picks:    make(map[want]*pkg),
		packages: make(map[*registry.Version]*pkg),
		seen:     make(map[string]bool),
	}
}

// requirement parses a spec, once.
func (s *source) requirement(name, spec string) *requirement {
	key := want{name: name, spec: spec}
	if r := s.wants.parsed(key); r != nil {
		return r
	}
	r := parseRequirement(name, spec)
	if r.err == nil && r.spec.Kind == manifest.KindWorkspace && !isWorkspacePath(r.spec) {
		s.members.named(r)
	}
	r.packs = s.options.InstallLinks && r.spec.Kind == manifest.KindDirectory && !s.members.has(name)
	return s.wants.remember(key, r)
}

// fromRegistry picks the package for a requirement that a registry answers.
// A failure is a package too: one with failed set.
func (s *source) fromRegistry(ctx context.Context, name string, r *requirement) *pkg {
	key := r.key(name)
	s.mu.Lock()
	p := s.picks[key]
	s.mu.Unlock()
	if p != nil {
		return p
	}
	v, err := s.version(ctx, r)
	if err != nil {
		p = &pkg{name: name, failed: err, plain: new(shape)}
		if ctx.Err() != nil {
			return p // not worth remembering
		}
	} else {
		p = s.registryPkg(v)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.picks[key]; other != nil {
		return other
	}
	s.picks[key] = p
	return p
}

func (s *source) version(ctx context.Context, r *requirement) (*registry.Version, error) {
	if r.err != nil {
		return nil, r.err
	}
	spec := r.spec.Target()
	doc, err := s.packument(ctx, spec.Name)
	if err != nil {
		return nil, err
	}
	if r.pin != nil {
		return pinnedVersion(doc, r.pin)
	}
	o := s.pick
	o.Avoid = s.options.Avoid[spec.Name]
	return pick.Version(doc, spec, o)
}

// packument asks the index, once for each name; failures are asked again.
func (s *source) packument(ctx context.Context, name string) (*registry.Packument, error) {
	if s.index == nil {
		return nil, &registry.NotFoundError{Name: name}
	}
	return s.documents.Do(ctx, name, func(ctx context.Context) (*registry.Packument, error) {
		return s.index.Packument(ctx, name) // the error is given its chain, which ends in the name
	})
}

func (s *source) registryPkg(v *registry.Version) *pkg {
	s.mu.Lock()
	p := s.packages[v]
	s.mu.Unlock()
	if p != nil {
		return p
	}
	if p = s.extendedPkg(&v.Manifest, fromRegistry); p.failed != nil {
		return p
	}
	p.registry = v
	p.integrity = v.Dist.Integrity
	if p.integrity == "" {
		p.integrity = shasumIntegrity(v.Dist.Shasum)
	}
	s.mu.Lock()
	if other := s.packages[v]; other != nil {
		s.mu.Unlock()
		return other
	}
	s.packages[v] = p
	s.mu.Unlock()
	return p
}

// announce tells OnPick of a package that the crawl met. What placement picks
// beyond that is mostly tried out in peer sets and dropped again, and not worth
// fetching ahead.
func (s *source) announce(p *pkg) {
	if s.options.OnPick == nil || p.registry == nil {
		return
	}
	s.mu.Lock()
	first := !s.seen[p.id()]
	s.seen[p.id()] = true
	s.mu.Unlock()
	if first {
		s.options.OnPick(p.registry)
	}
}

func shasumIntegrity(shasum string) string {
	sum, err := hex.DecodeString(shasum)
	if err != nil || len(sum) == 0 {
		return ""
	}
	return "sha1-" + base64.StdEncoding.EncodeToString(sum)
}

// manifestPkg is the package that a manifest describes.
func (s *source) manifestPkg(m *manifest.Manifest, from origin) *pkg {
	p := &pkg{name: m.Name, version: m.Version, origin: from, manifest: m, bundled: m.Bundled()}
	p.semver, _ = npmrange.ParseVersion(m.Version, true)
	p.plain = s.shapeOf(m, nil, false, s.pinsOfPackage(m))
	return p
}

// projectPkg is a folder of the project: devDependencies count.
func (s *source) projectPkg(location string, m *manifest.Manifest, workspaces []manifest.Workspace) *pkg {
	p := s.manifestPkg(m, fromProject)
	p.top = s.shapeOf(m, workspaces, true, s.pinsOfFolder(location))
	return p
}

// lockedPkg is a package as a lockfile recorded it.
func (s *source) lockedPkg(name string, l *lockfile.Package) *pkg {
	m := &manifest.Manifest{
		Name: name, Version: l.Version,
		Dependencies: l.Dependencies, OptionalDependencies: l.OptionalDependencies,
		PeerDependencies: l.PeerDependencies, DevDependencies: l.DevDependencies,
		BundleDependencies: manifest.Bundle{Names: l.BundleDependencies},
		Engines:            l.Engines, OS: l.OS, CPU: l.CPU, Libc: l.Libc,
	}
	if len(l.PeerDependenciesMeta) > 0 {
		m.PeerDependenciesMeta = make(manifest.PeerMetas, len(l.PeerDependenciesMeta))
		for peer, meta := range l.PeerDependenciesMeta {
			m.PeerDependenciesMeta[peer] = manifest.PeerMeta{Optional: meta.Optional}
		}
	}
	from := fromRegistry
	if l.Resolved != "" {
		from = fromElsewhere
	}
	p := s.manifestPkg(m, from)
	p.locked, p.integrity, p.resolved = l, l.Integrity, l.Resolved
	return p
}

// localPkg is a package that came from a tarball file, a URL or git.
func (s *source) localPkg(l LocalPackage) *pkg {
	p := s.extendedPkg(l.Manifest, fromElsewhere)
	p.local, p.integrity, p.resolved = &l, l.Integrity, l.Resolved
	return p
}

func failedPkg(name string, err error) *pkg {
	return &pkg{name: name, failed: err, plain: new(shape)}
}

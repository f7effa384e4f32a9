package resolve

import (
	"cmp"
	"maps"
	"slices"

	"github.com/Masterminds/semver/v3"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// origin says where a package came from, which decides what specs other than
// ranges it satisfies.
type origin uint8

const (
	fromRegistry  origin = iota
	fromProject          // the root, a workspace, a linked folder
	fromElsewhere        // a tarball file, a URL, git: resolved tells
)

// pkg is what is known of one package, shared by all nodes that stand for it
// and never changed once built.
type pkg struct {
	name, version string
	semver        *semver.Version // nil when version is not one
	origin        origin
	// resolved and integrity decide whether two packages are the same.
	resolved, integrity string

	manifest *manifest.Manifest
	// At most one of the three is set: where the rest of the metadata is.
	registry *registry.Version
	local    *LocalPackage
	locked   *lockfile.Package

	bundled []string
	// extended is what packageExtensions added, nil for nothing.
	extended *manifest.Extended
	// plain has the edges of an installed package, top those of a project's
	// folder, which devDependencies are part of.
	plain, top *shape
	// failed is why there is no such package; then only name is set.
	failed error
}

// bundles reports whether the package carries name in its own tarball.
func (p *pkg) bundles(name string) bool {
	return len(p.bundled) > 0 && slices.Contains(p.bundled, name)
}

// id is name@version, for messages.
func (p *pkg) id() string {
	if p.version == "" {
		return p.name
	}
	return p.name + "@" + p.version
}

// same reports whether two packages have the same content, by the strongest
// thing known of both.
func (p *pkg) same(q *pkg) bool {
	switch {
	case p == q:
		return true
	case p.integrity != "" && q.integrity != "":
		return p.integrity == q.integrity
	case p.resolved != "" && q.resolved != "":
		return p.resolved == q.resolved
	}
	return p.name != "" && p.name == q.name && p.version != "" && p.version == q.version
}

// edgeKind is the kind of a dependency.
type edgeKind uint8

const (
	kindWorkspace edgeKind = iota
	kindPeer
	kindPeerOptional
	kindProd
	kindOptional
	kindDev
)

func (k edgeKind) String() string {
	return [...]string{"workspace", "peer", "peerOptional", "prod", "optional", "dev"}[k]
}

func (k edgeKind) peer() bool     { return k == kindPeer || k == kindPeerOptional }
func (k edgeKind) optional() bool { return k == kindOptional || k == kindPeerOptional }

// dep is one dependency as a package declares it.
type dep struct {
	name, key string // key is fold(name)
	kind      edgeKind
	want      *requirement
	// pins are what the lockfile of another package manager has for it.
	pins []*pinned
}

// shape is the dependencies of a package: one per name, the kinds in npm's
// order, of one kind by name.
type shape struct {
	deps  []dep
	index map[string]int // by key
}

func (s *shape) find(key string) (int, bool) {
	if len(s.deps) == 0 {
		return 0, false
	}
	i, ok := s.index[key]
	return i, ok
}

// shapeOf collects a package's dependencies. A name that several groups have
// belongs to the last of them: optional beats prod beats peer, and dev all. A
// workspace beats everything. What an imported lockfile has for each is told by
// pins.
func (s *source) shapeOf(m *manifest.Manifest, workspaces []manifest.Workspace, dev bool, pins pinsOf) *shape {
	w := shapeWriter{source: s, deps: make(map[string]dep), pins: pins}
	for _, ws := range workspaces {
		w.add(ws.Name(), "file:"+cmp.Or(ws.Location, "."), kindWorkspace)
	}
	if !s.options.LegacyPeerDeps {
		for name, spec := range m.PeerDependencies {
			kind := kindPeer
			if m.PeerDependenciesMeta[name].Optional {
				kind = kindPeerOptional
			}
			w.add(name, spec, kind)
		}
	}
	w.addAll(m.Dependencies, kindProd)
	w.addAll(m.OptionalDependencies, kindOptional)
	if dev {
		w.addAll(m.DevDependencies, kindDev)
	}
	return w.shape()
}

type shapeWriter struct {
	source *source
	deps   map[string]dep
	pins   pinsOf
}

func (w *shapeWriter) addAll(group map[string]string, kind edgeKind) {
	// In order, since of names that differ in case the last one counts.
	for _, name := range slices.SortedFunc(maps.Keys(group), lockfile.Compare) {
		w.add(name, group[name], kind)
	}
}

func (w *shapeWriter) add(name, spec string, kind edgeKind) {
	key := fold(name)
	if old, ok := w.deps[key]; ok && old.kind == kindWorkspace {
		return
	}
	d := dep{name: name, key: key, kind: kind, want: w.source.requirement(name, spec)}
	if w.pins != nil && kind != kindWorkspace {
		d.pins = w.source.pinned(name, w.pins(name))
	}
	w.deps[key] = d
}

func (w *shapeWriter) shape() *shape {
	s := &shape{deps: make([]dep, 0, len(w.deps)), index: make(map[string]int, len(w.deps))}
	for _, d := range w.deps {
		s.deps = append(s.deps, d)
	}
	slices.SortFunc(s.deps, func(a, b dep) int {
		if a.kind != b.kind {
			return int(a.kind) - int(b.kind)
		}
		return lockfile.Compare(a.name, b.name)
	})
	for i := range s.deps {
		s.index[s.deps[i].key] = i
	}
	return s
}

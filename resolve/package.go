package resolve

import (
	"cmp"
	"slices"
	"strings"

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
	deps []dep
	// index is where each key is in deps, nil for a few.
	index map[string]int
}

// fewDeps is how many dependencies are found by a look at each as fast as by a
// map, which takes longer to make: most packages have fewer.
const fewDeps = 8

func (s *shape) find(key string) (int, bool) {
	if s.index != nil {
		i, ok := s.index[key]
		return i, ok
	}
	for i := range s.deps {
		if s.deps[i].key == key {
			return i, true
		}
	}
	return 0, false
}

// shapeOf collects a package's dependencies. A name that several groups have
// belongs to the last of them: optional beats prod beats peer, and dev all. A
// workspace beats everything. What an imported lockfile has for each is told by
// pins.
func (s *source) shapeOf(m *manifest.Manifest, workspaces []manifest.Workspace, dev bool, pins pinsOf) *shape {
	most := len(workspaces) + len(m.PeerDependencies) + len(m.Dependencies) + len(m.OptionalDependencies)
	w := shapeWriter{source: s, pins: pins, deps: make([]dep, 0, most)}
	if !s.options.LegacyPeerDeps {
		w.addAll(m.PeerDependencies, func(name string) edgeKind {
			if m.PeerDependenciesMeta[name].Optional {
				return kindPeerOptional
			}
			return kindPeer
		})
	}
	of := func(kind edgeKind) func(string) edgeKind { return func(string) edgeKind { return kind } }
	w.addAll(m.Dependencies, of(kindProd))
	w.addAll(m.OptionalDependencies, of(kindOptional))
	if dev {
		w.addAll(m.DevDependencies, of(kindDev))
	}
	for _, ws := range slices.Backward(workspaces) { // of one name, the first counts
		w.add(ws.Name(), "file:"+cmp.Or(ws.Location, "."), kindWorkspace)
	}
	return w.shape()
}

type shapeWriter struct {
	source *source
	pins   pinsOf
	// deps are what was added. Of one key the last counts.
	deps []dep
}

func (w *shapeWriter) addAll(group map[string]string, kind func(name string) edgeKind) {
	first := len(w.deps)
	for name, spec := range group {
		w.add(name, spec, kind(name))
	}
	// In order, since of names that differ in case the last one counts.
	slices.SortFunc(w.deps[first:], func(a, b dep) int { return lockfile.Compare(a.name, b.name) })
}

func (w *shapeWriter) add(name, spec string, kind edgeKind) {
	d := dep{name: name, key: fold(name), kind: kind, want: w.source.requirement(name, spec)}
	if w.pins != nil && kind != kindWorkspace {
		d.pins = w.source.pinned(name, w.pins(name))
	}
	w.deps = append(w.deps, d)
}

func (w *shapeWriter) shape() *shape {
	s := &shape{deps: lastOfEach(w.deps)}
	slices.SortFunc(s.deps, func(a, b dep) int {
		if a.kind != b.kind {
			return int(a.kind) - int(b.kind)
		}
		return lockfile.Compare(a.name, b.name)
	})
	if len(s.deps) > fewDeps {
		s.index = make(map[string]int, len(s.deps))
		for i := range s.deps {
			s.index[s.deps[i].key] = i
		}
	}
	return s
}

// lastOfEach keeps of the dependencies of one key the last, in no order.
func lastOfEach(deps []dep) []dep {
	slices.SortStableFunc(deps, func(a, b dep) int { return strings.Compare(a.key, b.key) })
	kept := deps[:0]
	for i := range deps {
		if i+1 == len(deps) || deps[i+1].key != deps[i].key {
			kept = append(kept, deps[i])
		}
	}
	return kept
}

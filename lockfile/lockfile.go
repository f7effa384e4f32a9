package lockfile

import (
	"maps"
	"slices"
	"strconv"
)

// Version is the lockfileVersion that this package writes, and the highest
// that it reads.
const Version = 1

// FileName is the lockfile's name beside package.json.
const FileName = "ipnpm-lock.json"

// DefaultRegistry is the key in [Lockfile.Registries] of the registry that
// serves names without a scope binding; a package that names no registry came
// from it. Scope-bound registries have their scope ("@acme") as key, and those
// that lie over the default one [LayerKey].
const DefaultRegistry = "default"

// LayerKey is the key of one of several registries that serve names without a
// scope binding, counted from the lowest, which is 1 and the default: to lay
// another over them changes the name of none.
func LayerKey(height int) string {
	if height == 1 {
		return DefaultRegistry
	}
	return "layer" + strconv.Itoa(height)
}

// Lockfile is the content of ipnpm-lock.json: npm's package-lock v3 shape with
// a CID for every tarball. It holds nothing local (no path outside the
// project, no host, no time of writing), so equal input gives equal bytes on
// every machine.
type Lockfile struct {
	// Name and Version are the root project's, as npm records them.
	Name    string
	Version string
	// Registries says, per registry key, which immutable index state the
	// resolution was made against.
	Registries map[string]Registry
	// Closure is the CID of the UnixFS directory of all tarballs named in
	// Packages: one CID to pin, to prefetch or to use as a cache key. Empty
	// when some tarball has no UnixFS CID.
	Closure string
	// Packages is keyed by location: "" for the root project,
	// "node_modules/a", "node_modules/a/node_modules/b", and workspace
	// folders ("packages/x").
	Packages map[string]*Package
	// Merged is set by [Parse] when the file held git's conflict markers and
	// this is the union of both sides. It is not written.
	Merged bool
	// Bare is set by [ImportPackageLock] for a file of npm 5 or 6: of its
	// packages only the places, versions, digests and dependencies are known,
	// and the rest is still to be asked of a registry. It is not written.
	Bare bool
	// order are the locations as they were read or put, for Locations.
	order []string
}

// Head is what l says beside its packages, with room for so many others.
func (l *Lockfile) Head(packages int) *Lockfile {
	head := *l
	head.clear(packages)
	return &head
}

// clear leaves no packages, and room for so many.
func (l *Lockfile) clear(packages int) {
	l.Packages = make(map[string]*Package, packages)
	l.order = make([]string, 0, packages)
}

// Put makes p the package at a location. It is quick to list the Locations of what
// is put in their order.
func (l *Lockfile) Put(location string, p *Package) {
	l.Packages[location] = p
	l.order = append(l.order, location)
}

// Locations returns the locations in the order of the file, in which parents come
// before their children.
func (l *Lockfile) Locations() []string {
	locations := slices.Clone(l.order)
	slices.SortFunc(locations, compareKeys)
	locations = slices.Compact(locations)
	isGone := func(location string) bool { _, ok := l.Packages[location]; return !ok }
	if len(locations) != len(l.Packages) || slices.ContainsFunc(locations, isGone) {
		return sorted(maps.Keys(l.Packages)) // some came, or went, without Put
	}
	return locations
}

// Registry identifies the state of one registry. For an upstream https
// registry all fields are empty: its address is configuration, not part of
// what was locked.
type Registry struct {
	IPNS     string `json:"ipns,omitempty"`
	Root     string `json:"root,omitempty"`
	Sequence uint64 `json:"sequence,omitempty"`
}

// PeerMeta is one value of peerDependenciesMeta.
type PeerMeta struct {
	Optional bool `json:"optional,omitempty"`
}

// Package is one location of the tree. The fields are npm's own words
// (package-lock.json v3), plus CID, Size and Registry. The struct's order is
// the order of the keys in the file.
type Package struct {
	// Name is set only when it differs from the last part of the location
	// (aliases, workspaces, the root).
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`
	// Resolved is set for what no registry index holds: git and URL specs,
	// file: tarballs, and the target of a link. Never a registry URL.
	Resolved string `json:"resolved,omitempty"`
	// CID of the tarball: UnixFS, or the raw sha2-512 alias of Integrity for
	// a platform-bound package of an https registry (see ARCHITECTURE.md).
	CID       string `json:"cid,omitempty"`
	Integrity string `json:"integrity,omitempty"`
	// Size of the tarball in bytes, 0 when unknown.
	Size             int64  `json:"size,omitempty"`
	Registry         string `json:"registry,omitempty"`
	Link             bool   `json:"link,omitempty"`
	Dev              bool   `json:"dev,omitempty"`
	Optional         bool   `json:"optional,omitempty"`
	DevOptional      bool   `json:"devOptional,omitempty"`
	Peer             bool   `json:"peer,omitempty"`
	InBundle         bool   `json:"inBundle,omitempty"`
	Extraneous       bool   `json:"extraneous,omitempty"`
	HasInstallScript bool   `json:"hasInstallScript,omitempty"`
	Deprecated       string `json:"deprecated,omitempty"`
	License          string `json:"license,omitempty"`

	Workspaces           []string            `json:"workspaces,omitempty"`
	BundleDependencies   []string            `json:"bundleDependencies,omitempty"`
	Dependencies         map[string]string   `json:"dependencies,omitempty"`
	Bin                  map[string]string   `json:"bin,omitempty"`
	DevDependencies      map[string]string   `json:"devDependencies,omitempty"`
	Engines              map[string]string   `json:"engines,omitempty"`
	OS                   []string            `json:"os,omitempty"`
	CPU                  []string            `json:"cpu,omitempty"`
	Libc                 []string            `json:"libc,omitempty"`
	OptionalDependencies map[string]string   `json:"optionalDependencies,omitempty"`
	PeerDependencies     map[string]string   `json:"peerDependencies,omitempty"`
	PeerDependenciesMeta map[string]PeerMeta `json:"peerDependenciesMeta,omitempty"`

	// ExtensionsHash, of the root, identifies the packageExtensions that the
	// tree was made with; Extended says what they added to this package.
	ExtensionsHash string    `json:"packageExtensionsHash,omitempty"`
	Extended       *Extended `json:"packageExtensionsApplied,omitempty"`

	// Patched says which patch of the project the package is installed with.
	Patched *Patched `json:"patched,omitempty"`
}

// Patched is a patch, as npm records it: its digest, and its path relative to
// the project.
type Patched struct {
	Integrity string `json:"integrity"`
	Path      string `json:"path"`
}

// Extended is what packageExtensions added to a package, as npm records it:
// names by field, and the selector of the rule.
type Extended struct {
	Selector string
	Fields   map[string][]string
}

// IsOmitted applies npm's --omit, of which kinds are "dev", "optional" and "peer", to
// the package's flags.
func (p *Package) IsOmitted(kinds []string) bool {
	has := func(kind string) bool { return slices.Contains(kinds, kind) }
	return p.Peer && has("peer") ||
		p.Dev && has("dev") ||
		p.Optional && has("optional") ||
		p.DevOptional && has("dev") && has("optional")
}

package resolve

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// Lockfile describes the tree as a lockfile does. Registries and Closure are
// left to the caller, and so is the CID of a version whose index gave none.
//
// Optional packages that could not be had are not in it, nor is what cannot do
// without them (npm keeps the latter in its lockfile and marks them only in
// memory; `ci` from such a lockfile would install them broken).
func (t *Tree) Lockfile() *lockfile.Lockfile {
	root := t.Root.pkg.manifest
	l := &lockfile.Lockfile{Name: root.Name, Version: root.Version, Packages: make(map[string]*lockfile.Package, len(t.graph.sorted()))}
	for _, n := range t.graph.sorted() {
		if n.inert {
			continue
		}
		l.Put(n.Location(), n.entry())
	}
	l.Packages[""].ExtensionsHash = t.source.extensions.Hash()
	return l
}

// Nodes lists the nodes of the tree in the order of their locations, the root
// first, links and the folders they lead to included.
func (t *Tree) Nodes() []*Node {
	return slices.Clone(t.graph.sorted())
}

// Versions yields the distinct registry versions of the tree that this
// resolution picked; what was kept from the lockfile is not among them.
func (t *Tree) Versions() iter.Seq[*registry.Version] {
	return func(yield func(*registry.Version) bool) {
		seen := make(map[*registry.Version]bool)
		for _, n := range t.graph.sorted() {
			v := n.pkg.registry
			if v == nil || n.inert || seen[v] {
				continue
			}
			seen[v] = true
			if !yield(v) {
				return
			}
		}
	}
}

// Registry is the version that the node was picked as; nil for what did not
// come from an index in this resolution.
func (n *Node) Registry() *registry.Version { return n.pkg.registry }

func (n *Node) entry() *lockfile.Package {
	if n.isLink() {
		return &lockfile.Package{Resolved: n.target.Location(), Link: true}
	}
	p := n.described()
	n.setName(p)
	n.setFlags(p)
	if n.bundler(nil) != nil {
		p.InBundle = true
	}
	return p
}

// described has all that follows from the package alone.
func (n *Node) described() *lockfile.Package {
	if n.pkg.locked != nil {
		return clearPlace(*n.pkg.locked)
	}
	p := Describe(n.pkg.manifest, n.isTop())
	p.BundleDependencies = n.pkg.bundled
	p.Extended = recorded(n.pkg.extended)
	n.describeSource(p)
	return p
}

// Describe is what a lockfile says of a package by its package.json alone. A
// folder of the project has its devDependencies and workspaces too.
func Describe(m *manifest.Manifest, folder bool) *lockfile.Package {
	p := &lockfile.Package{
		Version:              m.Version,
		License:              string(m.License),
		HasInstallScript:     m.HasInstallScript || len(m.InstallScripts()) > 0,
		BundleDependencies:   m.Bundled(),
		Dependencies:         without(m.Dependencies, m.OptionalDependencies),
		OptionalDependencies: m.OptionalDependencies,
		PeerDependencies:     m.PeerDependencies,
		PeerDependenciesMeta: peerMeta(m.PeerDependenciesMeta),
		Bin:                  m.Bins(),
		Engines:              m.Engines,
		OS:                   m.OS, CPU: m.CPU, Libc: m.Libc,
	}
	if folder {
		p.DevDependencies = m.DevDependencies
		p.Workspaces = m.Workspaces
	}
	return p
}

// describeSource says where the bytes are.
func (n *Node) describeSource(p *lockfile.Package) {
	if v := n.pkg.registry; v != nil {
		p.Integrity, p.CID, p.Size = n.pkg.integrity, v.Dist.CID, v.Dist.Size
		p.Deprecated = string(v.Deprecated)
	}
	if l := n.pkg.local; l != nil {
		p.Resolved, p.Integrity, p.CID, p.Size = l.Resolved, l.Integrity, l.CID, l.Size
	}
}

// clearPlace forgets what an old entry said of its place.
func clearPlace(p lockfile.Package) *lockfile.Package {
	p.Name, p.InBundle, p.Extraneous = "", false, false
	p.Dev, p.Optional, p.DevOptional, p.Peer = false, false, false, false
	return &p
}

// setName records the package's name where the location does not tell it.
func (n *Node) setName(p *lockfile.Package) {
	name := n.pkg.name
	suggested := n.name
	if n.isTop() {
		suggested = baseName(n.Location(), "")
	}
	if name != "" && (n.isRoot() || name != suggested) {
		p.Name = name
	}
}

func (n *Node) setFlags(p *lockfile.Package) {
	if n.Extraneous() {
		p.Extraneous = true
		return
	}
	p.Peer, p.Dev, p.Optional = n.Peer(), n.Dev(), n.Optional()
	p.DevOptional = n.DevOptional() && !p.Dev && !p.Optional
}

// without drops from deps what npm publishes there a second time.
func without(deps, optional manifest.StringMap) map[string]string {
	if len(deps) == 0 || len(optional) == 0 {
		return deps
	}
	rest := maps.Clone(deps)
	for name := range optional {
		delete(rest, name)
	}
	if len(rest) == 0 {
		return nil
	}
	return rest
}

func peerMeta(meta manifest.PeerMetas) map[string]lockfile.PeerMeta {
	if len(meta) == 0 {
		return nil
	}
	out := make(map[string]lockfile.PeerMeta, len(meta))
	for name, m := range meta {
		out[name] = lockfile.PeerMeta{Optional: m.Optional}
	}
	return out
}

// Path is the chain of packages through which the node is required, the root
// first: "root > a@1.0.0 > b@2.1.0".
func (n *Node) Path() string { return strings.Join(chain(n), " > ") }

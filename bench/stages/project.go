package stages

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/upstream"
	"github.com/ipnpm/ipnpm/resolve"
	"github.com/ipnpm/ipnpm/resolve/pick"
	"github.com/ipnpm/ipnpm/tarball"
)

// Project is what all stages work on.
type Project struct {
	manifest *manifest.Manifest
	options  resolve.Options
	// documents are trimmed, as the product's cache has them.
	documents map[string][]byte
	// asks are the distinct dependencies on registries of the tree.
	asks []manifest.Spec
	lock *lockfile.Lockfile
	// packages are the distinct ones that this platform installs, the largest
	// first, and tarballs their bytes by [install.Key].
	packages []*lockfile.Package
	tarballs map[string][]byte
	versions map[string]*registry.Version // by key
}

// picking is what both the resolver and its limit pick for.
func picking() pick.Options { return pick.Options{NodeVersion: "24.0.0", NPMVersion: "12.2.0"} }

// Load resolves a project against a registry and fetches what this platform
// would install of it.
func Load(ctx context.Context, registryURL string, packageJSON []byte, legacyPeers bool) (*Project, error) {
	base, err := url.Parse(registryURL)
	if err != nil {
		return nil, err
	}
	client, err := upstream.New(upstream.Options{Base: base})
	if err != nil {
		return nil, err
	}
	p := &Project{documents: map[string][]byte{}, tarballs: map[string][]byte{}, versions: map[string]*registry.Version{}}
	if p.manifest, err = manifest.Parse(packageJSON); err != nil {
		return nil, err
	}
	p.options = resolve.Options{LegacyPeerDeps: legacyPeers, NodeVersion: picking().NodeVersion, NPMVersion: picking().NPMVersion}
	tree, err := p.build(ctx, &remote{client: client, keep: p.documents})
	if err != nil {
		return nil, err
	}
	p.lock = tree.Lockfile()
	p.gatherAsks(tree)
	return p, p.fetch(ctx, client, tree)
}

// build resolves the project.
func (p *Project) build(ctx context.Context, from resolve.Index) (*resolve.Tree, error) {
	return resolve.Build(ctx, resolve.Request{Root: p.manifest, Index: from, Options: p.options})
}

// remote is a registry whose documents are kept.
type remote struct {
	client *upstream.Client
	mu     sync.Mutex
	keep   map[string][]byte
}

// Packument implements [resolve.Index].
func (r *remote) Packument(ctx context.Context, name string) (*registry.Packument, error) {
	doc, err := r.client.Packument(ctx, name, false)
	if err != nil {
		return nil, err
	}
	trimmed := doc.Trim()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep[name] = trimmed
	return doc, nil
}

// parsed are documents of which nothing has been decoded yet.
type parsed map[string]*registry.Packument

// Packument implements [resolve.Index].
func (x parsed) Packument(_ context.Context, name string) (*registry.Packument, error) {
	if doc := x[name]; doc != nil {
		return doc, nil
	}
	return nil, &registry.NotFoundError{Name: name}
}

// parse reads all documents anew: they remember what was asked of them.
func (p *Project) parse() (parsed, error) {
	all := make(parsed, len(p.documents))
	for name, data := range p.documents {
		doc, err := registry.ParseTrimmed(data)
		if err != nil {
			return nil, err
		}
		all[name] = doc
	}
	return all, nil
}

// parseTwice gives each side of a stage documents of its own.
func (p *Project) parseTwice() (mine, theirs parsed, err error) {
	if mine, err = p.parse(); err == nil {
		theirs, err = p.parse()
	}
	return mine, theirs, err
}

// gatherAsks collects what the tree's packages depend on.
func (p *Project) gatherAsks(tree *resolve.Tree) {
	seen := map[string]bool{}
	for _, n := range tree.Nodes() {
		for e := range n.Edges() {
			spec, err := manifest.ParseSpec(e.Name(), e.Spec())
			if err != nil || !spec.Registry() || e.To() == nil || e.To().Registry() == nil {
				continue
			}
			if key := spec.String(); !seen[key] && p.documents[spec.Target().Name] != nil {
				seen[key] = true
				p.asks = append(p.asks, spec)
			}
		}
	}
}

// fetchers are the downloads at a time.
const fetchers = 32

// fetch brings the tarballs of what would be installed, and pins their
// packages.
func (p *Project) fetch(ctx context.Context, client *upstream.Client, tree *resolve.Tree) error {
	known := map[string]*registry.Version{}
	for v := range tree.Versions() {
		known[v.Name+"@"+v.Version] = v
	}
	wanted, err := p.wanted()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	var mu sync.Mutex
	for id, pkgs := range wanted {
		v := known[id]
		if v == nil {
			return fmt.Errorf("%s is in the lockfile, but no registry has it", id)
		}
		group.Go(func() error {
			data, err := client.Tarball(ctx, v.Name, v.Dist.Tarball, 0)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			return p.pin(v, pkgs, data)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	slices.SortFunc(p.packages, func(a, b *lockfile.Package) int { return int(b.Size - a.Size) })
	return nil
}

// wanted are the lockfile's entries that are installed here, by name@version.
func (p *Project) wanted() (map[string][]*lockfile.Package, error) {
	empty, err := os.MkdirTemp("", "ipnpm-bench-preview-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(empty)
	would, err := install.Preview(install.Options{Root: empty, Lock: p.lock})
	if err != nil {
		return nil, err
	}
	wanted := map[string][]*lockfile.Package{}
	for _, c := range would.Added {
		pkg := p.lock.Packages[c.Location]
		id := pkg.NameAt(c.Location) + "@" + pkg.Version
		wanted[id] = append(wanted[id], pkg)
	}
	return wanted, nil
}

// pin keeps a tarball, and writes its digests to the entries that it is of.
func (p *Project) pin(v *registry.Version, pkgs []*lockfile.Package, data []byte) error {
	root, _, err := ipfsstore.ImportLayout(data)
	if err != nil {
		return err
	}
	for _, pkg := range pkgs {
		pkg.CID, pkg.Integrity, pkg.Size = root.String(), tarball.Sum512(data), int64(len(data))
	}
	key := install.Key(pkgs[0])
	if p.tarballs[key] == nil {
		p.packages = append(p.packages, pkgs[0])
	}
	p.tarballs[key] = data
	pinned := *v
	pinned.Dist = registry.Dist{CID: pkgs[0].CID, Integrity: pkgs[0].Integrity, Size: pkgs[0].Size}
	p.versions[key] = &pinned
	return nil
}

// Tarball implements [install.Fetcher].
func (p *Project) Tarball(_ context.Context, location string, pkg *lockfile.Package) (install.Tarball, error) {
	if data := p.tarballs[install.Key(pkg)]; data != nil {
		return install.Tarball{Data: data}, nil
	}
	return install.Tarball{}, fmt.Errorf("%s was not to be installed", location)
}

// bytes is the size of all tarballs.
func (p *Project) bytes() int64 {
	var sum int64
	for _, data := range p.tarballs {
		sum += int64(len(data))
	}
	return sum
}

// String says how large the project is.
func (p *Project) String() string {
	return fmt.Sprintf("%d locations, %d packages installed here (%.1f MB), %d documents, %d distinct dependencies",
		len(p.lock.Packages)-1, len(p.packages), float64(p.bytes())/1e6, len(p.documents), len(p.asks))
}

package cmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/mirror"
	"github.com/ipnpm/ipnpm/resolve"
)

// mirrorOptions are mirror's own flags.
type mirrorOptions struct {
	packageJSON, lock, from, to string
	specs                       []string
}

func newRegistryMirrorCmd(a *app) *cobra.Command {
	var o mirrorOptions
	c := &cobra.Command{
		Use:   "mirror [SPEC...]",
		Short: "Mirror packages of an npm registry into a registry of one's own",
		Long: `Mirror takes the closure of what is named: the packages, and every version that
the ranges in them pick, the variants for all platforms included. Tarballs are
checked against their digests and imported into the local store; the index
gets a new root. Nothing is published: see ` + "`ipnpm registry publish`" + `.`,
		Example: `  ipnpm registry mirror express@^5 react
  ipnpm registry mirror --package-json package.json
  ipnpm registry mirror --lockfile package-lock.json --to team`,
		RunE: func(c *cobra.Command, args []string) error {
			o.specs = args
			return runRegistryMirror(c.Context(), a, o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.packageJSON, "package-json", "", "mirror what this `FILE` depends on")
	f.StringVar(&o.lock, "lockfile", "", "mirror exactly what this `FILE` locks (ipnpm-lock.json or package-lock.json)")
	f.StringVar(&o.from, "from", "", "the npm registry to mirror (`URL`; default: the configured one)")
	f.StringVar(&o.to, "to", "", "the registry (`NAME`) to add to; needed only when there are several")
	bindConfig(f, "before", "min-release-age", "legacy-peer-deps", "progress", "tag")
	return c
}

// mirrored is the --json form.
type mirrored struct {
	Name     string `json:"name"`
	IPNS     string `json:"ipns"`
	Root     string `json:"root"`
	Sequence uint64 `json:"sequence"`
	Changed  int    `json:"changed"`
	Versions int    `json:"versions"`
	Bytes    int64  `json:"bytes"`
	TookMS   int64  `json:"took_ms"`
}

func runRegistryMirror(ctx context.Context, a *app, o mirrorOptions) (err error) {
	if len(o.specs) == 0 && o.packageJSON == "" && o.lock == "" {
		return &hintError{err: errors.New("nothing to mirror is named"), hint: "name packages, --package-json FILE or --lockfile FILE"}
	}
	start := time.Now()
	s, err := a.openSession(findRoot(a.Dir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r, err := s.catalog().only(o.to)
	if err != nil {
		return err
	}
	unlock, err := s.catalog().lock(r.Name)
	if err != nil {
		return err
	}
	defer unlock()
	up, err := s.mirrorSource(o)
	if err != nil {
		return err
	}
	bar := a.newProgressFor(s)
	added, err := s.mirrorInto(ctx, &r, up, o, bar)
	bar.Close()
	if err != nil {
		return err
	}
	return a.tellMirrored(mirrored{
		Name: r.Name, IPNS: r.IPNS, Root: r.Root, Sequence: r.Sequence,
		Changed: added.Changed, Versions: added.Versions, Bytes: added.Bytes, TookMS: time.Since(start).Milliseconds(),
	})
}

// mirrorSource is the npm registry that is mirrored.
func (s *session) mirrorSource(o mirrorOptions) (*upstreamRegistry, error) {
	address := firstNonEmpty(o.from, s.cfg.RegistryFor(""))
	if !strings.HasPrefix(address, "http") {
		return nil, &hintError{
			err:  fmt.Errorf("%s is not an npm registry that could be mirrored", address),
			hint: "name one with --from https://…",
		}
	}
	return s.openUpstream(address)
}

// mirrorInto finds the versions, brings them in and moves the registry to its
// next state.
func (s *session) mirrorInto(ctx context.Context, r *localRegistry, up *upstreamRegistry, o mirrorOptions, bar *progress) (mirror.Added, error) {
	versions, err := s.versionsToMirror(ctx, up, o, bar)
	if err != nil {
		return mirror.Added{}, err
	}
	base, err := r.root()
	if err != nil {
		return mirror.Added{}, err
	}
	bar.Phase("fetch", len(versions))
	added, err := up.mirror.Add(ctx, versions, mirror.AddOptions{
		Base: base,
		Info: s.nextInfo(*r),
		OnTarball: func(v *registry.Version, size int64) {
			bar.Step("fetch", v.Name, size)
		},
	})
	if err != nil || added.Changed == 0 {
		return added, err
	}
	r.Root = added.Root.String()
	r.Sequence++
	return added, s.catalog().put(*r)
}

// versionsToMirror collects the closure, sorted, so that equal input makes an
// equal index.
func (s *session) versionsToMirror(ctx context.Context, up *upstreamRegistry, o mirrorOptions, bar *progress) ([]*registry.Version, error) {
	found := &pickSet{versions: map[string]*registry.Version{}, bar: bar}
	bar.Phase("resolve", 0)
	if o.lock != "" {
		if err := s.lockedVersions(ctx, up, o.lock, found); err != nil {
			return nil, err
		}
	}
	roots, err := s.mirrorRoots(o)
	if err != nil {
		return nil, err
	}
	for _, root := range roots {
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
	}
	return found.sorted(), nil
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
// different versions of one package, and the given package.json.
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
	if o.packageJSON == "" {
		return roots, nil
	}
	path := o.packageJSON
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.app.Dir, path)
	}
	f, err := manifest.Load(path)
	if err != nil {
		return nil, err
	}
	return append(roots, f.Manifest), nil
}

// lockedVersions adds exactly what a lockfile names.
func (s *session) lockedVersions(ctx context.Context, up *upstreamRegistry, path string, found *pickSet) error {
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.app.Dir, path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lock, err := lockfile.Parse(data)
	if filepath.Base(path) != lockfile.FileName {
		lock, err = lockfile.ImportPackageLock(data)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for location, pkg := range lock.Packages {
		if location == "" || pkg.Link || pkg.InBundle || pkg.Resolved != "" || pkg.Integrity == "" {
			continue
		}
		name := packageName(location, pkg)
		doc, err := up.Packument(ctx, name)
		if err != nil {
			return err
		}
		v, err := doc.Version(pkg.Version)
		if err != nil {
			return fmt.Errorf("%s: %w", location, err)
		}
		found.add(v)
	}
	return nil
}

func (a *app) tellMirrored(m mirrored) error {
	if a.json {
		return a.printJSON(m)
	}
	if m.Changed == 0 {
		fmt.Fprintf(a.Out, "registry %s is up to date: %d versions, #%d\n", m.Name, m.Versions, m.Sequence)
		return nil
	}
	fmt.Fprintf(a.Out, "registry %s #%d: %d versions, %s, %d packages changed, in %s\n", m.Name, m.Sequence, m.Versions,
		size(m.Bytes), m.Changed, took(time.Duration(m.TookMS)*time.Millisecond))
	fmt.Fprintf(a.Out, "root %s\nnext: ipnpm registry publish\n", m.Root)
	return nil
}

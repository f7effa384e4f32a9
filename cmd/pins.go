package cmd

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tarball"
)

// pin is what the lockfile keeps of a version's content.
type pin struct {
	CID       string
	Integrity string
	Size      int64
}

// fetchers is how many tarballs are under way at once: enough to hide the
// round trips of any source. The unpacked store bounds the bytes of those whose
// CID is known before they are fetched.
const fetchers = 64

// pinOf says what is known of a version's content without its bytes. An index
// tells the CID. An npm registry tells only the digest, of which this machine
// may know the CID; for what is bound to a platform the digest itself, written
// as a CID, is taken on every machine, since nobody should download a compiler
// for each operating system to write a lockfile.
func (s *session) pinOf(v *registry.Version) (pin, bool) {
	p := pin{CID: v.Dist.CID, Integrity: v.Dist.Integrity, Size: v.Dist.Size}
	if p.CID != "" {
		return p, true
	}
	// A download is pinned with its sha512 alone: a lockfile must not depend on
	// which of a document's digests led to the bytes, nor on whether this machine
	// had them already.
	sum, ok := tarball.SHA512Of(p.Integrity)
	if !ok {
		return p, false
	}
	p.Integrity = sum
	if len(v.OS)+len(v.CPU)+len(v.Libc) > 0 {
		if alias, err := ipfsstore.CIDOfIntegrity(p.Integrity); err == nil {
			return pin{CID: alias.String(), Integrity: p.Integrity}, true
		}
		return p, false
	}
	known, size, ok := s.store.Known(p.Integrity)
	if !ok {
		return p, false
	}
	p.CID, p.Size = known.String(), size
	return p, true
}

// ensure brings a version into the unpacked store and says what to pin of it.
// Concurrent calls for one version share the work.
func (s *session) ensure(ctx context.Context, v *registry.Version) (pin, error) {
	return s.ensureUnless(ctx, v, s.mayBeLaidOut)
}

// ensureHere is ensure for what was not on this machine before.
func (s *session) ensureHere(ctx context.Context, v *registry.Version) (pin, error) {
	return s.ensureUnless(ctx, v, func(pin) bool { return false })
}

// ensureUnless is ensure without unpacking what is not to be unpacked yet.
func (s *session) ensureUnless(ctx context.Context, v *registry.Version, later func(pin) bool) (pin, error) {
	return s.ensured.Do(ctx, v.Name+"@"+v.Version, func(ctx context.Context) (p pin, err error) {
		defer func() {
			if err == nil {
				s.bar.Step("fetch", v.Name, p.Size)
			}
		}()
		r, err := s.registryFor(v.Name)
		if err != nil {
			return pin{}, err
		}
		if p, ok := s.pinOf(v); ok {
			if later(p) {
				return p, nil
			}
			return p, s.unpackPinned(ctx, r, v, p)
		}
		c, err := s.bring(ctx, r, v)
		if err != nil {
			return pin{}, err
		}
		p = pin{CID: c.CID, Integrity: c.Integrity, Size: c.Size}
		defer s.begin("extract", v.Name)()
		return p, s.unpacked.Put(ctx, p.CID, c.tarball(v.Name))
	})
}

// mayBeLaidOut says that a package which is on this machine is likely to have an
// entry in the virtual store, which the linked layout uses as it is: only the
// install, which knows the entries, can tell whether it has to be unpacked.
func (s *session) mayBeLaidOut(p pin) bool {
	if !s.isLinked() {
		return false
	}
	c, err := ipfsstore.ParseCID(p.CID)
	return err == nil && s.store.Has(c)
}

// unpackPinned fetches and unpacks a version of known CID unless it is there.
func (s *session) unpackPinned(ctx context.Context, r packageSource, v *registry.Version, p pin) error {
	pkg := &lockfile.Package{Version: v.Version, CID: p.CID, Integrity: p.Integrity, Size: p.Size}
	extracted := func() {}
	defer func() { extracted() }()
	return s.unpacked.Prepare(ctx, pkg, func(ctx context.Context) (install.Tarball, error) {
		c, err := s.bring(ctx, r, v)
		if err == nil {
			extracted = s.begin("extract", v.Name)
		}
		return c.tarball(v.Name), err
	})
}

// bring is a version's tarball, whose coming is noted.
func (s *session) bring(ctx context.Context, from packageSource, v *registry.Version) (content, error) {
	defer s.begin("fetch", v.Name)()
	return from.Tarball(ctx, v)
}

// pinAll gives every package of the lockfile that came from a registry its
// CID, integrity and size, fetching those whose content has not been seen. In an
// offline run it returns what it could not fetch instead of ending with the
// first.
func (s *session) pinAll(ctx context.Context, lock *lockfile.Lockfile, versions map[string]*registry.Version) ([]missingPackage, error) {
	missing := newMissing(lock)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for _, location := range unpinned(lock) {
		pkg := lock.Packages[location]
		group.Go(func() error {
			err := s.pinOne(ctx, location, pkg, versions)
			switch {
			case err == nil:
				return nil
			case s.cfg.Bool("offline") && ctx.Err() == nil && isAbsence(err):
				missing.add(location)
				return nil
			}
			return &install.PackageError{Location: location, Name: packageName(location, pkg), Version: pkg.Version, Doing: "fetching", Err: err}
		})
	}
	err := group.Wait()
	return missing.packages, err
}

// ofRegistry tells whether a lockfile entry has a tarball of its own in a
// registry: it is no project or workspace, no link, and not part of another's.
func ofRegistry(location string, pkg *lockfile.Package) bool {
	return strings.Contains(location, "node_modules/") && !pkg.Link && pkg.Resolved == "" &&
		(!pkg.InBundle || pkg.Integrity != "") // what the project bundles is had from there all the same
}

// unpinned lists the locations that still need a CID, in order.
func unpinned(lock *lockfile.Lockfile) []string {
	var out []string
	for location, pkg := range lock.Packages {
		if pkg.CID == "" && ofRegistry(location, pkg) {
			out = append(out, location)
		}
	}
	slices.Sort(out)
	return out
}

// pinKnown gives the packages whose content has been seen their CID.
func (s *session) pinKnown(lock *lockfile.Lockfile, versions map[string]*registry.Version) {
	for _, location := range unpinned(lock) {
		pkg := lock.Packages[location]
		if v := versions[packageName(location, pkg)+"@"+pkg.Version]; v != nil {
			if p, known := s.pinOf(v); known {
				pkg.CID, pkg.Integrity, pkg.Size = p.CID, p.Integrity, p.Size
			}
		}
	}
}

func (s *session) pinOne(ctx context.Context, location string, pkg *lockfile.Package, versions map[string]*registry.Version) error {
	name := packageName(location, pkg)
	v, ok := versions[name+"@"+pkg.Version]
	if !ok {
		v = versionOf(name, pkg)
	}
	p, known := s.pinOf(v)
	if !known {
		if indexed := s.inIndex(ctx, v); indexed != nil {
			p, known = s.pinOf(indexed)
		}
	}
	if !known {
		var err error
		if p, err = s.ensure(ctx, v); err != nil {
			return s.unpinnable(pkg, err)
		}
	}
	pkg.CID, pkg.Integrity, pkg.Size = p.CID, p.Integrity, p.Size
	return nil
}

// inIndex is a version as its index has it, which tells the CID that a lockfile
// of npm's does not; nil where no index serves it. What goes wrong, goes wrong
// again when the bytes are asked for, and is told then.
func (s *session) inIndex(ctx context.Context, v *registry.Version) *registry.Version {
	r, err := s.registryFor(v.Name)
	if err != nil {
		return nil
	}
	index, ok := r.(*indexRegistry)
	if !ok {
		return nil
	}
	known, err := index.lookUp(ctx, v)
	if err != nil {
		return nil
	}
	return known
}

// unpinnable forgives what the registry no longer has when the package is
// optional: it stays in the lockfile with its digest alone, as npm has it.
func (s *session) unpinnable(pkg *lockfile.Package, err error) error {
	if !pkg.Optional || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	s.notice("optional %s was left out: %v", pkg.Version, err)
	return nil
}

// packageName is the registry's name of a lockfile entry: its own, or the
// last part of its location.
func packageName(location string, pkg *lockfile.Package) string {
	if pkg.Name != "" {
		return pkg.Name
	}
	return folderName(location)
}

// folderName is the name by which a location's package is found.
func folderName(location string) string {
	if !strings.Contains(location, "node_modules/") {
		return location
	}
	return lockfile.NameOf(location)
}

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

// pinAll gives every package of the lockfile that came from a registry its
// CID, integrity and size, fetching those whose content has not been seen; that
// they are unpacked is not waited for. In an offline run it returns what it could
// not fetch instead of ending with the first.
func (s *session) pinAll(ctx context.Context, fetch *prefetcher, lock *lockfile.Lockfile, versions map[string]*registry.Version) ([]missingPackage, error) {
	missing := newMissing(lock)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for _, location := range unpinned(lock) {
		pkg := lock.Packages[location]
		group.Go(func() error {
			err := s.pinOne(ctx, fetch, location, pkg, versions)
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

func (s *session) pinOne(ctx context.Context, fetch *prefetcher, location string, pkg *lockfile.Package, versions map[string]*registry.Version) error {
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
		if p, err = fetch.ensure(ctx, v); err != nil {
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

package cmd

import (
	"context"
	"sync"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
)

// shipLocked returns what the installer is to announce its packages to. Once
// it asks for the first of them, which tells that something is missing, what is
// missing is fetched at once if a source has the lockfile's closure, or a small
// index that holds little else. After shipAhead all is missing.
func (s *session) shipLocked(ctx context.Context, lock *lockfile.Lockfile) func([]install.Wanted) {
	return func(all []install.Wanted) {
		ship := sync.OnceFunc(func() { s.shipMissing(ctx, lock, all) })
		s.mu.Lock()
		s.firstMiss = ship
		s.mu.Unlock()
		if sh := s.underWay(); sh != nil && sh.ahead {
			ship()
		}
	}
}

// arrival is of a package that is part of the shipment under way when it is here, see
// [install.Options.Arrival].
func (s *session) arrival(pkg *lockfile.Package) <-chan struct{} {
	sh := s.underWay()
	c, ok := shippable(pkg)
	if sh == nil || !ok {
		return nil
	}
	return sh.arrival(c)
}

// missed is told of each tarball that the installer asks for.
func (s *session) missed() {
	s.mu.Lock()
	first := s.firstMiss
	s.mu.Unlock()
	if first != nil {
		first()
	}
}

// shipMissing does that, unless what was resolved in this run is on its way. What
// shipAhead ordered is not ordered again.
func (s *session) shipMissing(ctx context.Context, lock *lockfile.Lockfile, all []install.Wanted) {
	sh := s.underWay()
	ordered := sh != nil && sh.ahead
	if !ordered && (sh != nil || len(all) < minShipment || !s.store.BringsDAGs()) {
		return
	}
	missing := map[cid.Cid]install.Wanted{}
	var bytes int64
	for _, w := range all {
		c, ok := shippable(w.Package)
		if _, counted := missing[c]; ok && !counted && (ordered || !s.store.Has(c)) {
			missing[c] = w
			bytes += w.Package.Size
		}
	}
	if !ordered && len(missing) < minShipment {
		return
	}
	sh, opened := s.openShipment(false)
	for c, w := range missing {
		sh.add(c, func() { s.unpackMissing(ctx, w) })
	}
	if opened {
		go sh.fetch(ctx, func() int64 { return bytes }, cargoes(lock)...)
	}
}

// shippable is the CID of a package that may be part of a shipment.
func shippable(pkg *lockfile.Package) (cid.Cid, bool) {
	if pkg.Resolved != "" || pkg.Registry != "" {
		return cid.Undef, false
	}
	c, err := ipfsstore.ParseCID(pkg.CID)
	return c, err == nil
}

// unpackMissing is the installer's work, begun when the tarball came. The
// installer meets an error again, and knows what it means.
func (s *session) unpackMissing(ctx context.Context, w install.Wanted) {
	_ = s.unpackLocked(ctx, w.Location, w.Package)
}

// cargoes are the lockfile's closure, and the tarballs of the index that it was
// made from.
func cargoes(lock *lockfile.Lockfile) []cargo {
	var out []cargo
	if c, err := ipfsstore.ParseCID(lock.Closure); err == nil {
		out = append(out, cargo{root: c})
	}
	if c, err := ipfsstore.ParseCID(lock.Registries[lockfile.DefaultRegistry].Root); err == nil {
		out = append(out, cargo{c, registry.TarballsDir})
	}
	return out
}

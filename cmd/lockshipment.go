package cmd

import (
	"context"
	"errors"
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
// index that holds little else.
func (s *session) shipLocked(ctx context.Context, lock *lockfile.Lockfile) func([]install.Wanted) {
	return func(all []install.Wanted) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.firstMiss = sync.OnceFunc(func() { s.shipMissing(ctx, lock, all) })
	}
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

// shipMissing does that, unless what was resolved in this run is on its way.
func (s *session) shipMissing(ctx context.Context, lock *lockfile.Lockfile, all []install.Wanted) {
	s.mu.Lock()
	shipped := s.shipped
	s.mu.Unlock()
	if shipped || len(all) < minShipment || !s.store.BringsDAGs() {
		return
	}
	from := []findCargo{closureOf(lock), s.indexOf(lock.Registries[lockfile.DefaultRegistry])}
	missing := map[cid.Cid]install.Wanted{}
	var bytes int64
	for _, w := range all {
		c, err := ipfsstore.ParseCID(w.Package.CID)
		if err != nil || w.Package.Resolved != "" || w.Package.Registry != "" {
			continue
		}
		if _, counted := missing[c]; !counted && !s.store.Has(c) {
			missing[c] = w
			bytes += w.Package.Size
		}
	}
	if len(missing) < minShipment {
		return
	}
	sh := s.newShipment()
	for c, w := range missing {
		sh.add(c, func() { s.unpackMissing(ctx, w) })
	}
	go sh.fetch(ctx, bytes, from...)
}

// unpackMissing is the installer's work, begun when the tarball came. The
// installer meets an error again, and knows what it means.
func (s *session) unpackMissing(ctx context.Context, w install.Wanted) {
	_ = s.unpackLocked(ctx, w.Location, w.Package)
}

// closureOf is the lockfile's closure, which is as large as the tarballs for
// all platforms together.
func closureOf(lock *lockfile.Lockfile) findCargo {
	return func(context.Context) (c cargo) {
		if c.dir, c.err = ipfsstore.ParseCID(lock.Closure); c.err != nil {
			return c
		}
		seen := map[string]bool{}
		for _, pkg := range lock.Packages {
			if !seen[pkg.CID] {
				seen[pkg.CID] = true
				c.size += pkg.Size
			}
		}
		return c
	}
}

// indexOf is the tarballs of the index that the lockfile was made from.
func (s *session) indexOf(state lockfile.Registry) findCargo {
	return func(ctx context.Context) cargo {
		root, err := ipfsstore.ParseCID(state.Root)
		if err != nil {
			return cargo{err: err}
		}
		dir, err := registry.FindTarballs(ctx, s.store, root)
		if err == nil && !dir.CID.Defined() {
			err = errors.New("no tarballs")
		}
		return cargo{dir.CID, int64(dir.Size), err}
	}
}

package cmd

import (
	"context"
	"os"
	"path/filepath"
	"sync"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/lockfile"
)

// leastAhead is the size in bytes of a lockfile of less than minShipment packages.
const leastAhead = minShipment * 256

// readLockAhead is readLock for who installs what it says: what is in it is ordered, and
// node asked for its version, while it is read. Then node_modules is looked at, while it
// is compared with package.json. stop ends what is under way of that.
func (s *session) readLockAhead(ctx context.Context, p *project) (stop func(), err error) {
	locked, stop := s.shipAhead(ctx, p)
	s.askNode(ctx)
	if err = s.readLock(p); err == nil {
		locked(p.lock)
		s.ahead = install.LookAhead(p.dir)
	}
	return stop, err
}

// shipAhead orders what a lockfile names where nothing was ever unpacked, as on a build
// machine: by its first lines, before the rest of it is read, compared with
// package.json, and laid out, all of which takes as long as the order's way there and
// back. locked is to be told of the lockfile once it is read, and stop ends the rest.
func (s *session) shipAhead(ctx context.Context, p *project) (locked func(*lockfile.Lockfile), stop func()) {
	from := s.cargoesAhead(p)
	if len(from) == 0 {
		return func(*lockfile.Lockfile) {}, func() {}
	}
	sh, _ := s.openShipment(true)
	ctx, cancel := context.WithCancel(ctx)
	named := make(chan map[cid.Cid]int64, 1)
	wanted := sync.OnceValue(func() int64 {
		select {
		case tarballs := <-named:
			return sh.expectMissing(tarballs)
		case <-ctx.Done():
			return 0
		}
	})
	var under sync.WaitGroup
	under.Go(func() { sh.fetch(ctx, wanted, from...) })
	locked = func(lock *lockfile.Lockfile) { named <- s.shippableOf(lock) }
	return locked, func() {
		cancel()
		under.Wait()
	}
}

// cargoesAhead are what there is to order, nothing where it would not be worth while.
func (s *session) cargoesAhead(p *project) []cargo {
	if _, err := os.Lstat(s.unpacked.Dir()); err == nil {
		return nil
	}
	info, err := os.Stat(filepath.Join(p.dir, lockfile.FileName))
	if err != nil || info.Size() < leastAhead {
		return nil
	}
	head, err := p.head()
	if err != nil || !s.store.BringsDAGs() {
		return nil
	}
	return cargoes(head)
}

// shippableOf is what a lockfile names for this platform and is not omitted, with the
// sizes in bytes.
func (s *session) shippableOf(lock *lockfile.Lockfile) map[cid.Cid]int64 {
	platform, omit, out := s.platform(), s.cfg.Strings("omit"), map[cid.Cid]int64{}
	if lock == nil {
		return out
	}
	for _, pkg := range lock.Packages {
		if c, ok := shippable(pkg); ok && !pkg.IsOmitted(omit) && platform.Supports(pkg.OS, pkg.CPU, pkg.Libc) {
			out[c] = pkg.Size
		}
	}
	return out
}

// expectMissing announces those of the tarballs that are not in the store, and returns
// their size together; 0 for what is not worth a shipment.
func (sh *shipment) expectMissing(tarballs map[cid.Cid]int64) (bytes int64) {
	missing := make([]cid.Cid, 0, len(tarballs))
	for c, size := range tarballs {
		if !sh.session.store.Has(c) {
			missing = append(missing, c)
			bytes += size
		}
	}
	if len(missing) < minShipment {
		return 0
	}
	for _, c := range missing {
		sh.expected.Add(c)
	}
	return bytes
}

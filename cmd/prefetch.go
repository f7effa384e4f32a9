package cmd

import (
	"context"
	"sync"

	"github.com/ipfs/go-cid"
	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/registry"
)

// prefetcher brings packages in while the resolver still runs. What it cannot
// bring is no error here: the pick may not end up in the tree, and if it does
// the install meets the same failure and reports it.
//
// Where all documents of a small index came at once, the resolver is done
// before the first tarballs could be. The picks are gathered then: once they are
// a good part of the index, its tarballs are fetched at once as well.
type prefetcher struct {
	group   *errgroup.Group
	ctx     context.Context //nolint:containedctx // the lifetime of the group
	session *session
	fits    func(*registry.Version) bool
	placed  func(cid string) bool // whether node_modules may have it
	// unpacks says that what is downloaded is for an install as well, and downloads
	// has room for those whose bytes are in memory.
	unpacks   bool
	downloads chan struct{}

	mu       sync.Mutex
	gathered []gatheredPick // while it is open how they are fetched
	bytes    int64
	decided  bool
	shipment *shipment // nil when each is fetched by itself
}

type gatheredPick struct {
	version *registry.Version
	cid     cid.Cid
}

func (s *session) newPrefetcher(ctx context.Context, fits func(*registry.Version) bool) *prefetcher {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	read := sync.OnceValue(func() func(string) bool { return install.Placed(s.project) })
	placed := func(cid string) bool { return !s.isLinked() && !s.cfg.Bool("force") && read()(cid) }
	return &prefetcher{
		group: group, ctx: ctx, session: s, fits: fits, placed: placed,
		unpacks: !s.cfg.Bool("package-lock-only"), downloads: make(chan struct{}, fetchers),
	}
}

// pick starts fetching a version; it is the resolver's OnPick.
func (f *prefetcher) pick(v *registry.Version) {
	f.session.bar.Step("resolve", v.Name, 0)
	if !f.fits(v) || v.Dist.Integrity == "" && v.Dist.CID == "" {
		return
	}
	// What an index names is looked for on this machine. What is not here may be
	// in node_modules, as it is where the cache and the lockfile were removed:
	// the install, which looks whether that is so, will hardly want it.
	c, err := ipfsstore.ParseCID(v.Dist.CID)
	here := err == nil && f.session.store.Has(c)
	switch {
	case here && f.session.isLinked():
		return // as mayBeLaidOut says
	case err == nil && !here && (f.placed(v.Dist.CID) || f.gather(v, c)):
		return
	}
	f.start(v)
}

// start does not make the resolver wait for a free place among the fetchers.
func (f *prefetcher) start(v *registry.Version) {
	go f.group.Go(func() error {
		_, _ = f.ensure(f.ctx, v)
		return nil
	})
}

// gather keeps the pick for the decision, or leaves it to the shipment that
// was decided on; false when it is to be fetched by itself.
func (f *prefetcher) gather(v *registry.Version, c cid.Cid) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.decided && f.shipment == nil {
		return false
	}
	index, small := f.session.smallIndex(v.Name)
	if !small {
		return false
	}
	pick := gatheredPick{v, c}
	if f.decided {
		f.ship(pick)
		return true
	}
	f.gathered = append(f.gathered, pick)
	f.bytes += v.Dist.Size
	dir := index.Tarballs()
	if len(f.gathered) >= minShipment && float64(f.bytes) >= leastShare*float64(dir.Size) {
		sh, opened := f.session.openShipment(false)
		f.decided, f.shipment = true, sh
		f.release()
		if opened {
			bytes := f.bytes
			go sh.fetch(f.ctx, func() int64 { return bytes }, cargo{root: dir.CID})
		}
	}
	return true
}

// decide ends the gathering.
func (f *prefetcher) decide() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.decided = true
	f.release()
}

// release lets the gathered picks go their way.
func (f *prefetcher) release() {
	for _, pick := range f.gathered {
		f.ship(pick)
	}
	f.gathered = nil
}

func (f *prefetcher) ship(p gatheredPick) {
	if f.shipment == nil {
		f.start(p.version)
		return
	}
	f.shipment.add(p.cid, func() { f.unpack(p.version) })
}

// unpack is start for what just came, and so cannot have been laid out before.
func (f *prefetcher) unpack(v *registry.Version) {
	f.group.Go(func() error {
		_, _ = f.ensureHere(f.ctx, v)
		return nil
	})
}

// smallIndex is the index that serves a package, if all of its documents came
// at once.
func (s *session) smallIndex(name string) (*registry.Reader, bool) {
	r, err := s.registryFor(name)
	if err != nil {
		return nil, false
	}
	index, ok := r.(*indexRegistry)
	if !ok {
		return nil, false
	}
	index.mu.Lock()
	defer index.mu.Unlock()
	if index.reader == nil || !index.reader.IsWhole() {
		return nil, false
	}
	return index.reader, true
}

package mirror

import (
	"context"
	"io"
	"sync/atomic"

	"github.com/ipfs/go-cid"
	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tarball"
)

// AddOptions say where [Mirror.Add] adds to.
type AddOptions struct {
	// Base is the root of the index to extend, cid.Undef for a new one.
	Base cid.Cid
	// Info becomes registry.json. A zero Sequence becomes the base's plus
	// one; an empty Upstream the mirror's; Name and Providers the base's.
	Info registry.Info
	// Concurrency is how many tarballs are under way at once; 32 when 0.
	Concurrency int
	// OnTarball hears of every tarball that has arrived, from several
	// goroutines. May be nil.
	OnTarball func(v *registry.Version, size int64)
}

// Added is the outcome of [Mirror.Add].
type Added struct {
	Root cid.Cid
	// Changed counts the packages whose document differs from the base's. When
	// it is 0, Root is the base.
	Changed int
	// Versions and Bytes count what was asked for: versions, and the size of
	// their tarballs.
	Versions int
	Bytes    int64
}

const defaultConcurrency = 32

// Add fetches the tarballs of versions, which are a resolve closure with the
// variants for all platforms, puts them into an index and returns its new
// root, to be published by whoever holds its key. Unlike Record it is all or
// nothing: the first tarball that cannot be had, and any *registry.DigestError,
// is the end of it, though blocks may have been stored.
func (m *Mirror) Add(ctx context.Context, versions []*registry.Version, o AddOptions) (Added, error) {
	done := Added{Root: o.Base, Versions: len(versions)}
	measured, bytes, err := m.fetchAll(ctx, versions, o)
	if err != nil {
		return done, err
	}
	done.Bytes = bytes
	fresh, err := m.slices(ctx, measured)
	if err != nil {
		return done, err
	}
	r, err := m.fill(ctx, &o)
	if err != nil {
		return done, err
	}
	changed, alarm, err := merge(ctx, r, fresh)
	if alarm != nil {
		err = alarm
	}
	if err != nil || len(changed) == 0 {
		return done, err
	}
	done.Changed = len(changed)
	done.Root, err = m.commit(ctx, o.Base, changed, o.Info)
	return done, err
}

// fill opens the base and completes the info from it.
func (m *Mirror) fill(ctx context.Context, o *AddOptions) (*registry.Reader, error) {
	var r *registry.Reader
	var was registry.Info
	if o.Base.Defined() {
		var err error
		if r, err = registry.OpenReader(ctx, m.opts.Blocks, o.Base); err != nil {
			return nil, err
		}
		was = r.Info()
	}
	if o.Info.Sequence == 0 {
		o.Info.Sequence = was.Sequence + 1
	}
	if o.Info.Name == "" {
		o.Info.Name = was.Name
	}
	if o.Info.Providers == nil {
		o.Info.Providers = was.Providers
	}
	if o.Info.Upstream == "" {
		o.Info.Upstream = m.opts.Upstream.Base().String()
	}
	return r, nil
}

// fetchAll brings all tarballs into the store. The versions that it returns
// have unpackedSize and fileCount, measured where the document does not say.
func (m *Mirror) fetchAll(ctx context.Context, versions []*registry.Version, o AddOptions) ([]*registry.Version, int64, error) {
	measured := make([]*registry.Version, len(versions))
	var total atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(orConcurrency(o.Concurrency))
	for i, v := range versions {
		g.Go(func() error {
			t, err := m.Tarball(ctx, v)
			if err != nil {
				return err
			}
			measured[i] = measure(v, t.Data)
			total.Add(t.Size)
			if o.OnTarball != nil {
				o.OnTarball(v, t.Size)
			}
			return nil
		})
	}
	err := g.Wait()
	return measured, total.Load(), err
}

func orConcurrency(n int) int {
	if n <= 0 {
		return defaultConcurrency
	}
	return n
}

// measure fills in what the publisher did not say about the contents. A
// tarball that cannot be walked is not refused here: whether to unpack it is
// for the one who unpacks.
func measure(v *registry.Version, data []byte) *registry.Version {
	if v.Dist.UnpackedSize > 0 && v.Dist.FileCount > 0 {
		return v
	}
	var size int64
	files := 0
	err := tarball.Walk(data, tarball.DefaultLimits(), func(e tarball.Entry, _ io.Reader) error {
		size += e.Size
		files++
		return nil
	})
	if err != nil {
		return v
	}
	measured := *v
	measured.Dist.UnpackedSize, measured.Dist.FileCount = size, files
	return &measured
}

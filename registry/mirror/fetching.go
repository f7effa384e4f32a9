package mirror

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/ipnpm/ipnpm/registry"
)

// fetching brings the tarballs of one part of [Mirror.Add].
type fetching struct {
	mirror  *Mirror
	base    *registry.Reader // nil for none
	options AddOptions

	mu   sync.Mutex
	done *Added
}

// bytesUnderWay bounds what the tarballs under way take together, as far as
// their publishers say what they unpack to, which is more.
const bytesUnderWay = 64 << 20

// leastUnderWay is what a tarball counts of which nobody says anything.
const leastUnderWay = 256 << 10

// all brings them into the store. The versions that it returns have
// unpackedSize and fileCount, measured where the document does not say.
func (f *fetching) all(ctx context.Context, versions []*registry.Version) ([]*registry.Version, error) {
	measured := make([]*registry.Version, len(versions))
	room := semaphore.NewWeighted(bytesUnderWay)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(orConcurrency(f.options.Concurrency))
	for i, v := range versions {
		g.Go(func() error {
			weight := min(max(v.Dist.UnpackedSize, leastUnderWay), bytesUnderWay)
			if err := room.Acquire(ctx, weight); err != nil {
				return err
			}
			defer room.Release(weight)
			var err error
			measured[i], err = f.one(ctx, v)
			return err
		})
	}
	return measured, g.Wait()
}

func orConcurrency(n int) int {
	if n <= 0 {
		return defaultConcurrency
	}
	return n
}

// one leaves alone what is here: a run that was ended, or that has nothing new
// to bring, costs a look at each file's name.
func (f *fetching) one(ctx context.Context, v *registry.Version) (*registry.Version, error) {
	told := v.Dist.UnpackedSize > 0 && v.Dist.FileCount > 0 || f.isMeasured(ctx, v)
	size, here := f.mirror.here(v)
	if !here || !told {
		t, err := f.mirror.Tarball(ctx, v)
		if err != nil {
			return nil, err
		}
		if size = t.Size; !told {
			v = measure(v, t.Data)
		}
	}
	f.mu.Lock()
	f.done.Bytes += size
	if !here {
		f.done.Fetched++
	}
	f.mu.Unlock()
	if f.options.OnTarball != nil {
		f.options.OnTarball(v, size)
	}
	return v, nil
}

// isMeasured tells whether the base has the version, with what was measured
// when that came.
func (f *fetching) isMeasured(ctx context.Context, v *registry.Version) bool {
	if f.base == nil {
		return false
	}
	p, err := f.base.Packument(ctx, v.Name)
	return err == nil && p.Has(v.Version)
}

// here tells whether a version's tarball is in the store, without reading it.
func (m *Mirror) here(v *registry.Version) (size int64, ok bool) {
	want, err := digestOf(v)
	if err != nil || want.IsZero() {
		return 0, false
	}
	c, size, known := m.opts.Files.Known(want.String())
	return size, known && m.opts.Files.HasFile(c)
}

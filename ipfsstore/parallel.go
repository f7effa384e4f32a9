package ipfsstore

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// inParallel calls do for every item on a few goroutines and returns the
// first error, after which no further item is begun. Disk work gains from
// about two a core and loses with many.
func inParallel[T any](ctx context.Context, items []T, do func(T) error) error {
	workers := min(2*runtime.GOMAXPROCS(0), 8, len(items)/4+1)
	return withWorkers(ctx, workers, items, do)
}

// withWorkers is inParallel with a given number of goroutines.
func withWorkers[T any](ctx context.Context, workers int, items []T, do func(T) error) error {
	var next atomic.Int64
	var once sync.Once
	var first error
	work := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= len(items) {
				return
			}
			err := ctx.Err()
			if err == nil {
				err = do(items[i])
			}
			if err != nil {
				once.Do(func() { first = err })
				next.Store(int64(len(items)))
				return
			}
		}
	}
	var wg sync.WaitGroup
	for range workers - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
	return first
}

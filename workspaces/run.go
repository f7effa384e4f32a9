package workspaces

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Run calls do for each of the chosen packages, once it has returned for all
// of them that the package depends on, with at most limit of them at the same
// time; what is ready first in the list begins first. The first error cancels
// the context of those that are under way, begins no other, and is returned.
func (g *Graph) Run(ctx context.Context, chosen []int, limit int, do func(ctx context.Context, at int) error) error {
	return run(ctx, chosen, g.waits(chosen), limit, do)
}

// RunAtOnce is Run without an order: nothing waits, and there is no limit.
func (g *Graph) RunAtOnce(ctx context.Context, chosen []int, do func(ctx context.Context, at int) error) error {
	return run(ctx, chosen, nil, len(chosen), do)
}

func run(ctx context.Context, chosen []int, waits map[int][]int, limit int, do func(context.Context, int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	finished := make(chan int, len(chosen))
	done, begun, running := map[int]bool{}, map[int]bool{}, 0
	for len(done) < len(chosen) {
		for _, at := range chosen {
			if begun[at] || running == limit || !all(waits[at], done) {
				continue
			}
			begun[at] = true
			running++
			group.Go(func() error {
				if err := do(ctx, at); err != nil {
					return err
				}
				finished <- at
				return nil
			})
		}
		select {
		case at := <-finished:
			done[at] = true
			running--
		case <-ctx.Done():
			if err := group.Wait(); err != nil {
				return err
			}
			return context.Cause(ctx)
		}
	}
	return group.Wait()
}

func all(wanted []int, have map[int]bool) bool {
	for _, at := range wanted {
		if !have[at] {
			return false
		}
	}
	return true
}

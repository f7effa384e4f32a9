package install

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// fetchers is how many packages are opened, fetched or extracted at once: over a
// link of 50 ms a thousand small tarballs take 50 ms for each so many. The
// fetcher and the unpacked store have narrower limits of their own.
const fetchers = 64

// bringAll announces packages and has each brought, in this order, by so many
// fetchers. Those that come together come in an order of their own: each is waited
// for by itself and takes no fetcher, or what is here would wait to be linked until
// others are that were asked for before it. When they are here, or none comes any
// more, as many again see to them.
func (o *Options) bringAll(ctx context.Context, wanted []Wanted, bring func(ctx context.Context, i int) error) error {
	o.Announce(wanted)
	o.Reporter.Phase("extract", len(wanted))
	group, ctx := errgroup.WithContext(ctx)
	asked, arrived := make(chan struct{}, fetchers), make(chan struct{}, fetchers)
	for i, w := range wanted {
		here := o.Arrival(w.Package)
		if here == nil {
			asked <- struct{}{}
			group.Go(func() error {
				defer func() { <-asked }()
				return bring(ctx, i)
			})
			continue
		}
		group.Go(func() error {
			select {
			case <-here:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			arrived <- struct{}{}
			defer func() { <-arrived }()
			return bring(ctx, i)
		})
	}
	return group.Wait()
}

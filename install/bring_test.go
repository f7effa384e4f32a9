package install

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/lockfile"
)

// crowded has all packages but one come no sooner than that one was asked for.
type crowded struct {
	*world
	small *lockfile.Package
	asked chan struct{}
}

func (c *crowded) Tarball(ctx context.Context, loc string, pkg *lockfile.Package) (Tarball, error) {
	if pkg == c.small {
		close(c.asked)
		return c.world.Tarball(ctx, loc, pkg)
	}
	select {
	case <-c.asked:
		return c.world.Tarball(ctx, loc, pkg)
	case <-ctx.Done():
		return Tarball{}, context.Cause(ctx)
	}
}

// What came together with others does not wait for a fetcher: here each is busy with
// a larger package, which is asked for first.
func TestArrivalTakesNoFetcher(t *testing.T) {
	for _, layout := range []string{"hoisted", "linked"} {
		t.Run(layout, func(t *testing.T) {
			w := newWorld(t)
			c := &crowded{w, w.add("node_modules/small", "1.0.0", nil), make(chan struct{})}
			for i := range fetchers {
				w.add(fmt.Sprintf("node_modules/large-%d", i), "1.0.0", files{"more.js": fmt.Sprint("// of ", i)})
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			o := w.options(project(t))
			if layout == "linked" {
				o = w.linkedOptions(o.Root)
			}
			here := make(chan struct{})
			o.Fetcher = c
			o.Announce = func([]Wanted) { close(here) }
			o.Arrival = func(pkg *lockfile.Package) <-chan struct{} {
				if pkg == c.small {
					return here
				}
				return nil
			}
			if _, err := Run(ctx, o); err != nil {
				t.Fatal(err)
			}
		})
	}
}

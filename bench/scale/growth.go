package scale

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// Disks is where projects are installed.
type Disks struct {
	// Fresh makes a new place, and what removes it again.
	Fresh func(ctx context.Context, name string) (dir string, remove func() error, err error)
}

// Kind is a kind of project, and how many of what it is made of.
type Kind struct {
	Name string
	// Sizes are of packages, or of workspaces.
	Sizes []int
	make  func(n int) (*packages, error)
}

// Packages is one project of up to n packages, Workspaces one of up to n
// workspaces, both in three sizes.
func Packages(n int) Kind { return Kind{"packages", sizes(n), onePackage} }

// Workspaces is a project of up to n workspaces.
func Workspaces(n int) Kind { return Kind{"workspaces", sizes(n), manyPackages} }

// sizes are n and what leads up to it, ×1, ×4 and ×16.
func sizes(n int) []int { return []int{max(1, n/16), max(1, n/4), n} }

// Growth is what one cost took at each size.
type Growth struct {
	Cost  string
	Sizes []int // in locations
	Took  []time.Duration
}

// Exponents are the powers of the size that it grew with, from each size to the
// next.
func (g Growth) Exponents() []float64 {
	var all []float64
	for i := 1; i < len(g.Took); i++ {
		all = append(all, math.Log(float64(g.Took[i])/float64(g.Took[i-1]))/math.Log(float64(g.Sizes[i])/float64(g.Sizes[i-1])))
	}
	return all
}

// Grow takes all costs through the sizes of a kind, each a number of times.
func Grow(ctx context.Context, k Kind, times int, disks Disks, progress func(string)) ([]Growth, error) {
	list := costs()
	all := make([]Growth, len(list))
	for i, c := range list {
		all[i].Cost = c.name
	}
	for _, n := range k.Sizes {
		progress(fmt.Sprintf("%d %s", n, k.Name))
		if err := k.measure(ctx, n, times, disks, func(i, locations int, took time.Duration) {
			all[i].Sizes, all[i].Took = append(all[i].Sizes, locations), append(all[i].Took, took)
		}); err != nil {
			return nil, fmt.Errorf("%d %s: %w", n, k.Name, err)
		}
	}
	return all, nil
}

// measure reads all costs at one size.
func (k Kind) measure(ctx context.Context, n, times int, disks Disks, record func(i, locations int, took time.Duration)) (err error) {
	dir, remove, err := disks.Fresh(ctx, fmt.Sprintf("%s-%d", k.Name, n))
	if err != nil {
		return err
	}
	defer func() {
		if gone := remove(); err == nil {
			err = gone
		}
	}()
	p, err := k.make(n)
	if err != nil {
		return err
	}
	s, err := newSite(ctx, p, filepath.Join(dir, "site"))
	if err != nil {
		return err
	}
	for i, c := range costs() {
		took, err := s.read(ctx, c, times)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		record(i, s.locations(), took)
	}
	return nil
}

// enough is how long a cost is read at most before it is read once more.
const enough = time.Second

// read is the median of some readings of a cost.
func (s *site) read(ctx context.Context, c cost, times int) (time.Duration, error) {
	var all []time.Duration
	for spent := time.Duration(0); len(all) < times && spent < enough; {
		do, err := c.open(s)
		if err != nil {
			return 0, err
		}
		took, err := clock(func() error { return do(ctx) })
		if err != nil {
			return 0, err
		}
		all, spent = append(all, took), spent+took
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

// clock is the time of something, once the garbage of others is away.
func clock(do func() error) (time.Duration, error) {
	runtime.GC()
	start := time.Now()
	err := do()
	return time.Since(start), err
}

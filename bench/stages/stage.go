package stages

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"
)

// side does one side's work once, and returns how much that was.
type side func(context.Context) (int64, error)

// pair is one round of a stage: both sides, ready to be timed.
type pair struct {
	ours, limit side
	// check, where given, looks at what both have made.
	check func() error
}

// stage is one step of an install.
type stage struct {
	name string
	// unit is what the amount of work is counted in.
	unit string
	// limit says what the least is.
	limit string
	// repeats says that a side can be done any number of times; what cannot is
	// opened anew for each round.
	repeats bool
	// open prepares both sides in a new folder. What it does is not timed.
	open func(ctx context.Context, p *Project, dir string) (pair, error)
}

// all are the stages, in the order of an install.
func all() []stage {
	return slices.Concat(choosing(), []stage{indexWalk()}, tarballs(), trees(), lockfiles())
}

// Disks is where stages write.
type Disks struct {
	// Fresh makes a new place, and what removes it again.
	Fresh func(ctx context.Context, name string) (dir string, remove func() error, err error)
	// Settle waits until what was written is on the disk.
	Settle func(dir string) error
}

// Result is what was read of one stage.
type Result struct {
	Stage, Unit, LimitIs string
	Work                 int64
	Ours, Limit          time.Duration // medians
}

// Ratio is how many times the limit the product takes.
func (r Result) Ratio() float64 { return float64(r.Ours) / float64(r.Limit) }

// Run times all stages, each once a round. It tells progress before each.
func Run(ctx context.Context, p *Project, rounds int, disks Disks, progress func(string)) (results []Result, err error) {
	var readings []*reading
	for _, s := range all() {
		readings = append(readings, &reading{stage: s, disks: disks})
	}
	defer func() {
		for _, r := range readings {
			err = errors.Join(err, r.close())
		}
	}()
	for n := range rounds {
		for _, r := range readings {
			progress(fmt.Sprintf("round %d of %d: %s", n+1, rounds, r.stage.name))
			if err := r.round(ctx, p, n); err != nil {
				return nil, fmt.Errorf("%s: %w", r.stage.name, err)
			}
		}
	}
	for _, r := range readings {
		results = append(results, Result{Stage: r.stage.name, Unit: r.stage.unit, LimitIs: r.stage.limit,
			Work: r.work, Ours: median(r.took[0]), Limit: median(r.took[1])})
	}
	return results, nil
}

// reading is one stage while it is read: what is open, and what was taken by
// ours and by the limit.
type reading struct {
	stage stage
	disks Disks

	pair   *pair
	dir    string
	remove func() error

	work int64
	took [2][]time.Duration
}

// round times both sides, which take turns at being first. What can be done
// again stays open for the next round.
func (r *reading) round(ctx context.Context, p *Project, n int) error {
	if r.pair == nil {
		if err := r.open(ctx, p, n); err != nil {
			return err
		}
	}
	sides := []side{r.pair.ours, r.pair.limit}
	var work [2]int64
	for i := range sides {
		i = (i + n) % 2
		if err := r.disks.Settle(r.dir); err != nil {
			return err
		}
		took, done, err := timed(ctx, sides[i], r.stage.repeats)
		if err != nil {
			return err
		}
		r.took[i], work[i] = append(r.took[i], took), done
	}
	if r.work = work[0]; work[0] != work[1] || work[0] == 0 {
		return fmt.Errorf("%d %s beside %d of the limit: the sides do not do the same", work[0], r.stage.unit, work[1])
	}
	if r.stage.repeats {
		return nil
	}
	if check := r.pair.check; check != nil {
		if err := check(); err != nil {
			return err
		}
	}
	return r.close()
}

// open prepares a round in a new folder.
func (r *reading) open(ctx context.Context, p *Project, n int) (err error) {
	if r.dir, r.remove, err = r.disks.Fresh(ctx, fmt.Sprintf("%s-%d", folder(r.stage.name), n)); err != nil {
		return err
	}
	both, err := r.stage.open(ctx, p, r.dir)
	r.pair = &both
	return err
}

// close lets go of what is open.
func (r *reading) close() error {
	if r.remove == nil {
		return nil
	}
	remove := r.remove
	r.pair, r.remove = nil, nil
	return remove()
}

// enough is how long what can be done again is repeated.
const enough = 100 * time.Millisecond

// timed is the mean time of a side, once the garbage of others is away.
func timed(ctx context.Context, do side, repeats bool) (time.Duration, int64, error) {
	runtime.GC()
	start := time.Now()
	for times := time.Duration(1); ; times++ {
		work, err := do(ctx)
		if took := time.Since(start); err != nil || !repeats || took >= enough {
			return took / times, work, err
		}
	}
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

func folder(name string) string { return strings.NewReplacer(",", "", " ", "-").Replace(name) }

// shard spreads folders as the stores do.
func shard(i int) string { return fmt.Sprintf("%02x/%d", i%256, i) }

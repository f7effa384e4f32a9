package install

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/tarball"
)

// applier carries out a plan.
type applier struct {
	o      Options
	sel    *selection
	old    *state
	plan   *plan
	trash  *trash
	linker *linker

	jobs  []*job
	byLoc map[string]*job
	queue *jobQueue
	left  atomic.Int64 // jobs not yet done

	mu sync.Mutex // guards sel's skipped and gone, jobs' dropped, late, haveDir
	// began says that the disk has been changed.
	began bool
	// fresh says that there was nothing before.
	fresh  bool
	saving saving
	// inputs are the digests of what is saved, see digestInputs.
	inputs func() map[string]string
	// built are the locations whose scripts ran.
	built map[string]bool
	// late are kept locations that fell with an optional package's script.
	late []string
	// hidden is npm's hidden lockfile of the first hiddenOf targets, once
	// hiddenEncoded has returned, which is nil until that has begun.
	hidden        []byte
	hiddenOf      int
	hiddenEncoded func()
	// described is what the state will say, found out when it is first asked for.
	described func() description
	// haveDir are the .bin folders that are there.
	haveDir map[string]bool
}

// job is one location to be placed.
type job struct {
	*target
	private  bool // copy instead of link
	contents *Contents
	children []*job
	// waits counts what must come first: the contents, the parent.
	waits   atomic.Int32
	dropped bool
	placed  bool
}

func newApplier(o Options, sel *selection, old *state, p *plan) *applier {
	a := &applier{
		o: o, sel: sel, old: old, plan: p,
		trash: newTrash(o.Root), linker: &linker{}, byLoc: map[string]*job{},
		built: map[string]bool{}, haveDir: map[string]bool{},
	}
	targets := slices.Concat(p.add, p.replace)
	slices.SortFunc(targets, func(x, y *target) int { return cmp.Compare(x.loc, y.loc) })
	for _, t := range targets {
		j := &job{target: t}
		j.waits.Store(1)
		if parent := a.byLoc[t.parent]; parent != nil {
			parent.children = append(parent.children, j)
			j.waits.Add(1)
		}
		a.jobs = append(a.jobs, j)
		a.byLoc[t.loc] = j
	}
	a.described = sync.OnceValue(a.describeTree)
	a.queue = newJobQueue(len(a.jobs))
	a.left.Store(int64(len(a.jobs)))
	return a
}

// run brings the tree to the plan, except bins and scripts. Where there is
// something to lose, everything is fetched, and what can be wrong with saving would
// have been, before anything is changed; in a fresh project linking overlaps fetching
// and saving. Putting a lockfile in its place takes as long as the disk does to write
// it, and overlaps everywhere.
func (a *applier) run(ctx context.Context) error {
	a.fresh = len(a.plan.keep)+len(a.plan.replace)+len(a.plan.remove)+len(a.plan.unlink) == 0
	a.o.Reporter.Phase("link", len(a.jobs))
	group, ctx := errgroup.WithContext(ctx)
	if a.fresh {
		pending, err := a.pending()
		if err == nil {
			err = a.begin(pending)
		}
		if err != nil {
			return err
		}
		a.startLinkers(ctx, group)
	}
	group.Go(func() error {
		if err := a.ensureAll(ctx); err != nil {
			return err
		}
		if a.fresh {
			return nil
		}
		a.encodeHidden()
		pending, err := a.pending()
		if err != nil {
			return err
		}
		if err := a.saving.staged(); err != nil {
			return err
		}
		if err := a.begin(pending); err != nil {
			return err
		}
		a.startLinkers(ctx, group)
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return a.removeDropped()
}

// pending is the state while a run is under way: what it keeps, and that it is not
// all there is.
func (a *applier) pending() (s *state, err error) {
	s = &state{}
	s.Pending = true
	s.Stamps = map[string]int64{modules + "/" + hiddenLock: stampOf(a.o.Root, modules+"/"+hiddenLock)}
	if besides, ok := a.old.besides(a.plan); ok {
		// The old table says the same of each.
		s.table, s.Without = a.old.table, besides
		return s, nil
	}
	s.Packages = make(map[string]installed, len(a.plan.keep))
	for _, t := range a.plan.keep {
		s.Packages[t.loc] = a.describe(t)
	}
	s.table, err = encodeTable(s.Packages)
	return s, err
}

// begin marks the state as pending and takes away what must go.
func (a *applier) begin(pending *state) error {
	a.began = true
	if err := pending.write(a.o.Root); err != nil {
		return err
	}
	for _, loc := range a.plan.unlink {
		// The link goes, what it leads to stays.
		if err := os.Remove(diskPath(a.o.Root, loc)); err != nil {
			return explain(err)
		}
	}
	return a.retire()
}

// retire renames what is replaced or removed aside, parents first, and moves
// the packages nested in a replaced one back to where they were.
func (a *applier) retire() error {
	locs := slices.Clone(a.plan.remove)
	for _, t := range a.plan.replace {
		locs = append(locs, t.loc)
	}
	slices.Sort(locs)
	for _, loc := range locs {
		aside, err := a.trash.take(loc)
		if err != nil {
			return explain(err)
		}
		if aside == "" || !a.plan.nested[loc] {
			continue
		}
		if err := a.moveNested(aside, diskPath(a.o.Root, loc)); err != nil {
			return explain(err)
		}
	}
	return nil
}

// moveNested moves the node_modules of a package that was renamed aside into
// a new, empty folder in its place.
func (a *applier) moveNested(aside, path string) error {
	m := move{from: filepath.Join(aside, modules), to: filepath.Join(path, modules)}
	if !isDir(m.from) {
		return nil
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		return err
	}
	if err := os.Rename(m.from, m.to); err != nil {
		return err
	}
	a.trash.moved = append(a.trash.moved, m)
	return nil
}

// ensureAll opens the contents of every job, the largest tarballs first, and
// readies the jobs that wait for them.
func (a *applier) ensureAll(ctx context.Context) error {
	byKey := map[string][]*job{}
	var groups [][]*job
	for _, j := range a.jobs {
		switch {
		case j.isLink():
			a.ready(j)
		case j.key == "":
			groups = append(groups, []*job{j})
		default:
			byKey[j.key] = append(byKey[j.key], j)
		}
	}
	for _, jobs := range byKey {
		groups = append(groups, jobs)
	}
	slices.SortFunc(groups, func(x, y []*job) int {
		return cmp.Or(cmp.Compare(y[0].pkg.Size, x[0].pkg.Size), cmp.Compare(x[0].loc, y[0].loc))
	})
	wanted := make([]Wanted, len(groups))
	for i, jobs := range groups {
		wanted[i] = Wanted{jobs[0].loc, jobs[0].pkg}
	}
	return a.o.bringAll(ctx, wanted, func(ctx context.Context, i int) error { return a.ensure(ctx, groups[i]) })
}

// ensure opens the contents of the jobs that share a key. Each is asked for by
// itself, since each has an integrity of its own; all but the first find the
// key in the store.
func (a *applier) ensure(ctx context.Context, jobs []*job) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	for _, j := range jobs {
		find := a.o.Unpacked.Ensure
		if a.looksLate(j) {
			find = a.o.Unpacked.ensureUnlooked
		}
		if err := a.open(ctx, j, find); err != nil {
			return a.failed(ctx, jobs, err)
		}
	}
	a.o.Reporter.Step("extract", jobs[0].loc, jobs[0].pkg.Size)
	for _, j := range jobs {
		j.private = mayBuild(a.o, j.target)
		a.ready(j)
	}
	return nil
}

// looksLate says that a job's contents are looked at no sooner than they are placed,
// see lay: where nothing can be lost.
func (a *applier) looksLate(j *job) bool { return a.fresh && j.key != "" }

// open opens or brings a job's contents, which find does.
func (a *applier) open(ctx context.Context, j *job, find func(context.Context, *lockfile.Package, Fetch) (*Contents, error)) error {
	fetch, end := a.o.fetch(j.target)
	defer end()
	c, err := find(ctx, j.pkg, fetch)
	if err != nil {
		return &PackageError{j.loc, j.displayName(), j.pkg.Version, "fetching", explain(err)}
	}
	j.contents = c
	return nil
}

// failed drops optional packages whose tarball could not be had, as npm does.
// Content that is not what the lockfile names is never an accident, and fails.
func (a *applier) failed(ctx context.Context, jobs []*job, err error) error {
	_, wrong := errors.AsType[*tarball.MismatchError](err)
	_, other := errors.AsType[*ContentError](err)
	if wrong || other || ctx.Err() != nil {
		return err
	}
	for _, j := range jobs {
		if !j.pkg.Optional {
			return err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, j := range jobs {
		a.drop(j.target, err)
		a.ready(j)
	}
	return nil
}

// drop takes an optional package that failed off the list of what is wanted,
// with all that falls with it: what is not yet placed will not be, the rest
// is noted for removal. The caller holds mu.
func (a *applier) drop(t *target, reason error) {
	for _, loc := range a.sel.drop(t, reason) {
		if j := a.byLoc[loc]; j != nil {
			j.dropped = true
		} else if a.sel.byLoc[loc] != nil {
			a.plan.before[loc] = installed{Name: a.sel.lock.Packages[loc].NameAt(loc), Version: a.sel.lock.Packages[loc].Version}
			a.plan.remove = append(a.plan.remove, loc)
			a.late = append(a.late, loc)
		}
	}
}

// ready notes that one of the things a job waits for is there.
func (a *applier) ready(j *job) {
	if j.waits.Add(-1) == 0 {
		a.queue.push(j)
	}
}

// startLinkers starts the goroutines that place jobs until none is left.
func (a *applier) startLinkers(ctx context.Context, group *errgroup.Group) {
	if len(a.jobs) == 0 {
		return
	}
	for range a.linkers() {
		group.Go(func() error {
			for {
				select {
				case <-ctx.Done():
					return context.Cause(ctx)
				case _, ok := <-a.queue.ready:
					if !ok {
						return nil
					}
					if err := a.place(ctx, a.queue.take()); err != nil {
						return err
					}
				}
			}
		})
	}
}

// linkers is how many goroutines place jobs. In the linked layout they are links, those
// of an importer in one folder, which lets in one after the other: who waits for it
// takes a processor from what could be done meanwhile.
func (a *applier) linkers() int {
	if a.sel.isolated != nil {
		return min(a.o.Workers, len(a.sel.bases))
	}
	return a.o.Workers
}

// place puts one job on the disk and readies what is nested in it.
func (a *applier) place(ctx context.Context, j *job) error {
	a.mu.Lock()
	dropped := j.dropped
	a.mu.Unlock()
	if !dropped {
		defer a.o.Begin("link", j.loc)()
		var err error
		if j.isLink() {
			err = placeLink(a.o.Root, j.target)
		} else {
			err = a.lay(ctx, j)
		}
		if _, told := errors.AsType[*PackageError](err); told {
			return err
		}
		if err != nil {
			return &PackageError{j.loc, j.displayName(), j.pkg.Version, "linking", a.mended(j, explain(err))}
		}
		j.placed = true
		a.o.Reporter.Step("link", j.loc, j.pkg.Size)
	}
	for _, child := range j.children {
		a.ready(child)
	}
	if a.left.Add(-1) == 0 {
		close(a.queue.ready)
	}
	return nil
}

// lay puts a package's files in its place. In a fresh tree those that were not looked
// at yet are now: if one was written to, the package is extracted anew and laid out
// once more.
func (a *applier) lay(ctx context.Context, j *job) error {
	u, dst := a.o.Unpacked, diskPath(a.o.Root, j.loc)
	late := a.looksLate(j)
	how := placing{private: j.private, look: late && !u.isVouchedFor(j.key)}
	err := a.linker.placePackage(j.contents, dst, how)
	if err == nil && how.look {
		u.vouch(j.key)
	}
	_, damaged := errors.AsType[*damagedError](err)
	// At another place the same may have been found damaged, and be gone meanwhile.
	if !damaged && !(late && errors.Is(err, fs.ErrNotExist)) {
		return err
	}
	if err := errors.Join(os.RemoveAll(dst), u.discardDamaged(j.key, j.contents)); err != nil {
		return err
	}
	if err := a.open(ctx, j, u.Ensure); err != nil {
		return err
	}
	return a.linker.placePackage(j.contents, dst, placing{private: j.private})
}

// mended drops a damaged folder of the unpacked store, so that the next run
// extracts it anew.
func (a *applier) mended(j *job, err error) error {
	if errors.Is(err, os.ErrNotExist) && j.contents != nil {
		if rmErr := a.o.Unpacked.discard(Key(j.pkg)); rmErr == nil {
			return errors.Join(err, errors.New("the unpacked store was damaged there and has been mended: run the install again"))
		}
	}
	return err
}

// removeDropped takes what was placed before an optional package turned out
// to fail, and takes the fallen off the selection.
func (a *applier) removeDropped() error {
	if len(a.sel.skipped) == 0 {
		return nil
	}
	for _, j := range a.jobs {
		if j.dropped && j.placed {
			if _, err := a.trash.take(j.loc); err != nil {
				return explain(err)
			}
			j.placed = false
		}
	}
	for _, loc := range a.late {
		if _, err := a.trash.take(loc); err != nil {
			return explain(err)
		}
	}
	a.late = nil
	a.sel.sweep()
	return nil
}

// describe is what the state records of a target.
func (a *applier) describe(t *target) installed {
	j := a.byLoc[t.loc]
	if j == nil && a.old != nil {
		if have, ok := a.old.Packages[t.loc]; ok {
			return have
		}
	}
	d := installed{Key: t.key, Link: cmp.Or(t.link, t.entry), Name: t.displayName(), Version: t.pkg.Version, Built: a.built[t.loc]}
	if t.key == "" {
		d.Resolved = t.pkg.Resolved
	}
	d.Modules = j != nil && j.contents != nil && j.contents.shipsModules()
	return d
}

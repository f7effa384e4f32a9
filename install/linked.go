package install

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ipnpm/ipnpm/install/virtual"
	"github.com/ipnpm/ipnpm/internal/dirat"
	"github.com/ipnpm/ipnpm/tarball"
)

// isolateAll sees to it that the virtual store has all that the selection
// needs, and turns the selection into that of the links to it. An optional
// package that cannot be had changes the keys of what depends on it, so that
// the graph is then made anew without it. Until release is called, nobody
// removes entries.
//
// arranged is what [arrange] returned.
func isolateAll(ctx context.Context, o Options, sel *selection, arranged *isolation, res *Result) (release func(), err error) {
	release, err = o.Virtual.Use(ctx)
	if err != nil {
		return nil, explain(err)
	}
	iso := sel.isolated
	if sel.recorded != nil {
		if !iso.stands() {
			err = fs.ErrNotExist // Again's business, see there
		}
	} else if iso, err = makeEntries(ctx, o, *sel, arranged, res); err == nil {
		*sel = *iso.selection()
	}
	err = errors.Join(err, o.Unpacked.Settle())
	if err == nil {
		err = o.Virtual.Register(iso.users())
	}
	if err != nil {
		release()
		return nil, explain(err)
	}
	return release, nil
}

// arrange isolates a selection ahead of what makes its entries, while the
// lockfile is still being written; nil where that is not wanted, or packages have
// to be identified first.
func arrange(o Options, sel *selection) *isolation {
	if o.Virtual == nil || sel.recorded != nil || slices.ContainsFunc(sel.targets, (*target).isUnknown) {
		return nil
	}
	hoisted := *sel // which is to become that of the links
	return isolate(o, &hoisted)
}

func makeEntries(ctx context.Context, o Options, hoisted selection, arranged *isolation, res *Result) (*isolation, error) {
	sel := &hoisted
	if err := identify(ctx, o, sel); err != nil {
		return nil, err
	}
	rebuilt := map[string]bool{}
	for iso := arranged; ; iso = nil {
		if iso == nil {
			iso = isolate(o, sel)
		}
		m := newMaker(iso, res, rebuilt)
		if err := m.all(ctx); err != nil {
			return nil, err
		}
		if len(m.failed) == 0 {
			iso.reportBlocked(res)
			return iso, nil
		}
		for t, err := range m.failed {
			if !sel.gone[t.loc] {
				sel.drop(t, err)
			}
		}
		sel.sweep()
	}
}

// identify finds out the content of packages of which the lockfile holds no
// digest, by fetching them.
func identify(ctx context.Context, o Options, sel *selection) error {
	for _, t := range sel.targets {
		if !t.isUnknown() {
			continue
		}
		found, err := o.Fetcher.Tarball(ctx, t.loc, t.pkg)
		if err != nil {
			return &PackageError{t.loc, t.displayName(), t.pkg.Version, "fetching", explain(err)}
		}
		t.key = keyOfData(found.Data)
		if err := o.Unpacked.Put(ctx, t.key, found); err != nil {
			return &PackageError{t.loc, t.displayName(), t.pkg.Version, "extracting", explain(err)}
		}
	}
	return nil
}

// maker makes the entries that the virtual store lacks: it brings the contents
// of their packages, lays them out in drafts, runs the approved scripts there,
// and publishes each draft after those that it leads to.
type maker struct {
	*isolation
	res    *Result
	works  []*work
	linker *linker
	// linking and running bound the drafts that are filled, and the scripts
	// that run, at a time.
	linking, running chan struct{}
	// uses counts, by content, the packages that are to be laid out.
	uses map[string]int

	mu     sync.Mutex // guards res, failed and rebuilt
	failed map[*target]error
	// rebuilt are the keys of the entries that were made again.
	rebuilt map[string]bool
}

// work is one entry to be made.
type work struct {
	*virtual.Entry
	draft    *virtual.Draft
	contents map[int]*Contents // by package
	// unpacked counts the contents that are not there yet, waits what must
	// come before publishing: this draft, and others'.
	unpacked, waits atomic.Int32
	dependents      []*work
	again           bool // it is there, and is to be made anew
	published       bool
}

func newMaker(iso *isolation, res *Result, rebuilt map[string]bool) *maker {
	m := &maker{
		isolation: iso, res: res, linker: &linker{}, failed: map[*target]error{}, uses: map[string]int{}, rebuilt: rebuilt,
		linking: make(chan struct{}, iso.o.Workers),
		running: make(chan struct{}, runtime.NumCPU()),
	}
	if iso.o.ForegroundScripts {
		m.running = make(chan struct{}, 1)
	}
	byEntry := map[*virtual.Entry]*work{}
	var again func(*virtual.Entry) bool
	if iso.o.Rebuild != nil {
		again = func(e *virtual.Entry) bool { return iso.rebuilds(e) && !rebuilt[e.Key] }
	}
	for _, e := range iso.o.Virtual.Missing(iso.layout, iso.roots, again) {
		w := &work{Entry: e, contents: map[int]*Contents{}, again: again != nil && again(e)}
		w.unpacked.Store(int32(len(e.Members)))
		w.waits.Store(1)
		for _, need := range e.Needs {
			if before := byEntry[need]; before != nil {
				before.dependents = append(before.dependents, w)
				w.waits.Add(1)
			}
		}
		for _, member := range e.Members {
			m.uses[iso.targets[member.Package].key]++
		}
		byEntry[e] = w
		m.works = append(m.works, w)
	}
	return m
}

// all makes what is missing, the largest tarballs first.
func (m *maker) all(ctx context.Context) error {
	type part struct {
		*work
		index int
	}
	var parts []part
	for _, w := range m.works {
		for _, member := range w.Members {
			parts = append(parts, part{w, member.Package})
		}
	}
	slices.SortStableFunc(parts, func(x, y part) int {
		return cmp.Compare(m.targets[y.index].pkg.Size, m.targets[x.index].pkg.Size)
	})
	wanted := make([]Wanted, len(parts))
	for i, p := range parts {
		wanted[i] = Wanted{m.targets[p.index].loc, m.targets[p.index].pkg}
	}
	m.o.Reporter.Phase("link", len(m.works))
	err := m.o.bringAll(ctx, wanted, func(ctx context.Context, i int) error {
		return m.ensure(ctx, parts[i].work, parts[i].index)
	})
	for _, w := range m.works {
		if w.draft != nil && !w.published {
			err = errors.Join(err, w.draft.Discard())
		}
	}
	return err
}

// ensure brings one package's content, and when it was the last of its entry,
// makes that.
func (m *maker) ensure(ctx context.Context, w *work, index int) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	t := m.targets[index]
	fetch, end := m.o.fetch(t)
	c, err := m.o.Unpacked.ensureKey(ctx, t.key, t.pkg, fetch)
	end()
	if err != nil {
		return m.fail(ctx, t, &PackageError{t.loc, t.displayName(), t.pkg.Version, "fetching", explain(err)})
	}
	m.o.Reporter.Step("extract", t.loc, t.pkg.Size)
	m.mu.Lock()
	w.contents[index] = c
	m.mu.Unlock()
	if w.unpacked.Add(-1) > 0 {
		return nil
	}
	if err := m.fill(w); err != nil {
		return &PackageError{t.loc, t.displayName(), t.pkg.Version, "linking", explain(err)}
	}
	return m.publish(ctx, w)
}

// fail notes an optional package that cannot be had. Content that is not what
// the lockfile names is never an accident.
func (m *maker) fail(ctx context.Context, t *target, err error) error {
	_, wrong := errors.AsType[*tarball.MismatchError](err)
	_, other := errors.AsType[*ContentError](err)
	if !t.pkg.Optional || wrong || other || ctx.Err() != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failed[t] = err
	return nil
}

// fill lays out an entry's packages and their links in a draft.
func (m *maker) fill(w *work) error {
	m.linking <- struct{}{}
	defer func() { <-m.linking }()
	claimed, err := m.claim(w)
	if err != nil {
		return err
	}
	if !claimed {
		if w.draft, err = m.o.Virtual.Draft(w.Entry); err != nil {
			return err
		}
	}
	for _, member := range w.Members {
		if !claimed {
			if err := m.layOut(w, member); err != nil {
				return err
			}
		}
		if err := w.draft.Link(m.layout, member); err != nil {
			return err
		}
	}
	return nil
}

// claim makes a draft of the folder that a package was extracted into, if that
// was for this entry alone.
func (m *maker) claim(w *work) (bool, error) {
	member := w.Members[0]
	t := m.targets[member.Package]
	if len(w.Members) > 1 || m.uses[t.key] > 1 || mayBuild(m.o, t) {
		return false, nil
	}
	folder, ok := m.o.Unpacked.claim(t.key, m.layout.Package(member.Package).Name)
	if !ok {
		return false, nil
	}
	w.draft = m.o.Virtual.Adopt(w.Entry, folder.dir)
	dir, err := w.draft.MoveIn(m.layout, member, folder.tree)
	if err != nil {
		return false, err
	}
	if mended, err := mendBins(dir, t); err != nil || !mended {
		return true, err
	}
	return true, relist(w.draft.Listing(member), dir, w.contents[member.Package].Integrity)
}

// layOut brings a package's files into the draft by links.
func (m *maker) layOut(w *work, member virtual.Member) error {
	t := m.targets[member.Package]
	c, err := m.o.Unpacked.settle(t.key)
	if err != nil {
		return err
	}
	dir, err := w.draft.Folder(m.layout, member)
	if err != nil {
		return err
	}
	if err := m.linker.placePackage(c, dir, placing{private: mayBuild(m.o, t)}); err != nil {
		return err
	}
	return m.list(w.draft.Listing(member), dir, c, t)
}

// list puts the listing of a package's files into its entry: the file of the
// unpacked store, if all files are its too, under the names that they have there.
func (m *maker) list(at, dir string, c *Contents, t *target) error {
	mended, err := mendBins(dir, t)
	if err != nil {
		return err
	}
	if !mended && !mayBuild(m.o, t) && m.linker.copied.Load()+m.linker.cloned.Load() == 0 {
		if c.flat {
			return dirat.WriteFile(at, c.asTree(dir).encode(), 0o644)
		}
		if os.Link(c.listing(), at) == nil {
			return nil
		}
	}
	return relist(at, dir, c.Integrity)
}

// mendBins readies a package's commands, which in a project is done when they
// are linked: here that would be too late.
func mendBins(dir string, t *target) (mended bool, err error) {
	for _, file := range commandsOf(t.displayName(), t.pkg) {
		path := diskPath(dir, file)
		before, err := os.Lstat(path)
		if err != nil || !before.Mode().IsRegular() {
			continue
		}
		if err := mendBin(path, before, true); err != nil {
			return false, err
		}
		after, err := os.Lstat(path)
		mended = mended || err != nil || !os.SameFile(before, after)
	}
	return mended, nil
}

// publish gives an entry its name once all that it leads to has one, and then
// those that have waited for it.
func (m *maker) publish(ctx context.Context, w *work) error {
	for ready := []*work{w}; len(ready) > 0; {
		w := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		if w.waits.Add(-1) > 0 {
			continue
		}
		ok, err := m.build(ctx, w)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		publish := w.draft.Publish
		if w.again {
			publish = w.draft.Replace
		}
		if err := publish(); err != nil {
			return explain(err)
		}
		w.published = true
		m.mu.Lock()
		m.rebuilt[w.Key] = true
		m.mu.Unlock()
		m.o.Reporter.Step("link", m.targets[w.Members[0].Package].loc, 0)
		ready = append(ready, w.dependents...)
	}
	return nil
}

package install

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/ipnpm/ipnpm/internal/par"
	"github.com/ipnpm/ipnpm/lockfile"
)

// Run makes the project's node_modules what the options' lockfile says. See
// the package comment for its steps and for what a failure leaves. Errors that
// a caller may want to tell: *LocationError, *PlatformError, *PackageError,
// *ContentError, *DiskError, *lifecycle.Error, and those of the context.
func Run(ctx context.Context, o Options) (*Result, error) {
	o = o.withDefaults()
	if !filepath.IsAbs(o.Root) {
		return nil, errors.New("install: the root is not an absolute path: " + o.Root)
	}
	oldState := o.stateAhead()
	sel, err := choose(o)
	if err != nil {
		return nil, err
	}
	res := &Result{}
	saving := save(o)
	if len(sel.targets) > 0 || exists(filepath.Join(o.Root, modules)) {
		err = runLocked(ctx, o, sel, oldState, saving, res)
	}
	// Also where nothing asked for it: what it writes must be there, or whole.
	if saveErr := saving.settled(); err == nil {
		err = saveErr
	}
	if err != nil {
		return res, err
	}
	res.Skipped = sel.skipped
	return res, runAfter(ctx, o, sel, res)
}

// saving waits for what is under way of Options.Save.
type saving struct{ staged, settled func() error }

// save begins to save.
func save(o Options) saving {
	var settle func() error
	staged := par.Ahead(func() (err error) {
		settle, err = o.Save()
		return err
	})
	return saving{staged, par.Ahead(func() error {
		if err := staged(); err != nil {
			return err
		}
		return settle()
	})}
}

// runLocked does all that must not be done by two at once.
func runLocked(ctx context.Context, o Options, sel *selection, oldState func() (*state, error), saving saving, res *Result) error {
	arranged := arrange(o, sel)
	if err := makeWay(o, saving.settled, res); err != nil {
		return err
	}
	unlock, err := lockProject(ctx, o)
	if err != nil {
		return err
	}
	defer unlock()
	if o.Virtual != nil {
		release, err := isolateAll(ctx, o, sel, arranged, res)
		if err != nil {
			return err
		}
		defer release()
	}
	var tidying sync.WaitGroup
	tidying.Go(func() { removeLitter(o.Root, sel.bases) })
	defer tidying.Wait() // before another process may make what looks like litter
	old, err := oldState()
	if err != nil {
		return err
	}
	p, err := newPlan(o, sel, old)
	if err != nil {
		return err
	}
	if err := p.vet(o.Vet); err != nil {
		return err
	}
	a := newApplier(o, sel, old, p)
	a.saving = saving
	a.digestInputs()
	if err := a.checkBins(); err != nil {
		return err
	}
	tidying.Wait()
	var made *state
	if err = a.all(ctx, res); err == nil {
		made, err = a.finish()
	}
	if err != nil {
		return a.undo(ctx, err)
	}
	a.report(res)
	if err := a.empty(made); err != nil {
		return err
	}
	a.keepTree(made, res)
	return nil
}

// makeWay is called before node_modules is touched. Where there is none, what is to
// be saved must only be possible to save. A link in its place is removed, as by npm,
// once that is saved; what it leads to stays.
func makeWay(o Options, saved func() error, res *Result) error {
	path := filepath.Join(o.Root, modules)
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return o.Ready()
	case info.IsDir():
		return nil
	}
	if err := saved(); err != nil {
		return err
	}
	res.Warnings = append(res.Warnings, "removed "+path+", which was not a folder")
	return explain(os.Remove(path))
}

// all applies the plan, then links bins and runs scripts, which cannot be undone.
func (a *applier) all(ctx context.Context, res *Result) error {
	if !a.plan.idle() {
		if err := a.run(ctx); err != nil {
			return err
		}
	}
	if err := a.saving.staged(); err != nil {
		return err
	}
	a.encodeHidden()
	return a.build(ctx, res)
}

// undo puts the old tree back after an error, as npm does. What an interrupted
// run has made of a fresh tree is left as it is: the pending state makes the
// next run go on from there. So does a failure here.
func (a *applier) undo(ctx context.Context, cause error) error {
	if !a.began || a.fresh && ctx.Err() != nil {
		return cause
	}
	for _, j := range a.jobs {
		if j.placed || j.waits.Load() == 0 {
			a.trash.made = append(a.trash.made, diskPath(a.o.Root, j.loc))
		}
	}
	if err := a.trash.restore(); err != nil {
		return errors.Join(cause, err)
	}
	a.trash.empty()
	if a.fresh {
		if err := a.clear(); err != nil {
			return errors.Join(cause, err)
		}
	}
	if a.old == nil {
		// There is none, or npm's as it was.
		return errors.Join(cause, os.Remove(filepath.Join(a.o.Root, modules, stateFile)))
	}
	// Bins may have changed, so the old state is true but unfinished.
	a.old.Pending = true
	return errors.Join(cause, a.old.write(a.o.Root))
}

// clear removes the bins and the empty folders that are left of a fresh tree.
func (a *applier) clear() error {
	a.sel.targets, a.sel.bundled = nil, nil
	err := a.linkBins()
	for _, j := range a.jobs {
		if scope := scopeDir(j.place); scope != "" {
			_ = os.Remove(diskPath(a.o.Root, scope))
		}
	}
	for _, base := range a.sel.bases {
		_ = os.Remove(diskPath(a.o.Root, joinLoc(base, modules)))
	}
	return err
}

// finish records the tree, for npm and for the next run. npm believes its hidden
// lockfile only while nothing in node_modules is newer, hence the order.
func (a *applier) finish() (made *state, err error) {
	removeEmptyFolders(a.o.Root, a.plan)
	if a.sel.isolated != nil {
		// npm reads this layout from the folders.
		if err := os.Remove(filepath.Join(a.o.Root, modules, hiddenLock)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return a.record()
	}
	if err := a.writeHidden(); err != nil {
		return nil, err
	}
	return a.record()
}

// record writes the complete state, of which only the inputs' digests have to wait
// until the lockfile is in its place.
func (a *applier) record() (s *state, err error) {
	s = &state{}
	s.Settings, s.Memo = settingsOf(a.o), a.o.Memo
	if iso := a.sel.isolated; iso != nil {
		s.Linked = iso.vouch()
	}
	d := a.described()
	if d.err != nil {
		return nil, d.err
	}
	s.Packages, s.table = d.packages, d.table
	s.Stamps, s.Left = stampsOf(a.o.Root, a.sel), a.plan.left
	if err := a.saving.settled(); err != nil {
		return nil, err
	}
	s.Inputs = a.inputs()
	if len(a.built) > 0 && a.sel.recorded == nil {
		s.Inputs = inputsOf(a.o, a.sel.bases) // which a script may have changed
	}
	return s, s.seal(a.o.Root)
}

// digestInputs begins to digest what decides the tree, as soon as it is saved; inputs
// waits for that.
func (a *applier) digestInputs() {
	if r := a.sel.recorded; r != nil {
		a.inputs = func() map[string]string { return r.inputs }
		return
	}
	a.inputs = par.Ahead(func() map[string]string {
		if a.saving.settled() != nil {
			return nil // and nobody will ask
		}
		keepLock(a.o.Root) // which seal finds done
		return inputsOf(a.o, a.sel.bases)
	})
}

// empty empties the trash, once nothing can fail that would have it put back, and
// leaves no trace of it in the times that the state records.
func (a *applier) empty(made *state) error {
	a.trash.empty()
	for base := range a.trash.dirs {
		loc := joinLoc(base, modules)
		if stamp := made.Stamps[loc]; stamp != 0 {
			if err := setStamp(a.o.Root, loc, stamp); err != nil {
				return err
			}
		}
	}
	return nil
}

// description is what the state says of the packages, as it is written, too; of a
// tree that was recorded that is enough.
type description struct {
	packages map[string]installed
	table    []byte
	err      error
}

// describeTree describes what is in place.
func (a *applier) describeTree() (d description) {
	if r := a.sel.recorded; r != nil {
		return description{table: r.table}
	}
	d.packages = a.describeAll()
	d.table, d.err = encodeTable(d.packages)
	return d
}

// describeAll is what the state records of all packages.
func (a *applier) describeAll() map[string]installed {
	packages := make(map[string]installed, len(a.sel.targets))
	for _, t := range a.sel.targets {
		packages[t.loc] = a.describe(t)
	}
	if iso := a.sel.isolated; iso != nil {
		iso.record(packages)
	}
	return packages
}

// hiddenLockfile is the part of the lockfile that is installed: these packages.
func (a *applier) hiddenLockfile(targets, bundled []*target) *lockfile.Lockfile {
	l := a.sel.lock.Head(len(a.sel.lock.Packages))
	if root := a.sel.lock.Packages[""]; root != nil {
		l.Put("", root)
	}
	for _, t := range targets {
		l.Put(t.loc, t.pkg)
	}
	for _, t := range bundled {
		l.Put(t.loc, t.pkg)
	}
	for _, t := range targets {
		if pkg := a.sel.lock.Packages[t.link]; t.link != "" && pkg != nil && l.Packages[t.link] == nil {
			l.Put(t.link, pkg)
		}
	}
	return l
}

// encodeFor encodes npm's hidden lockfile of what is installed: with where a registry has
// each package, but for those that another's tarball brought.
func (a *applier) encodeFor(targets, bundled []*target) ([]byte, error) {
	brought := make(map[string]bool, len(bundled))
	for _, t := range bundled {
		brought[t.loc] = true
	}
	return a.hiddenLockfile(targets, bundled).EncodeNPM(true, func(loc string, pkg *lockfile.Package) string {
		if brought[loc] || !strings.Contains(loc, modules+"/") {
			return ""
		}
		return a.o.Address(pkg.NameAt(loc), pkg)
	})
}

// writeHidden puts npm's hidden lockfile in its place, unless it is there.
func (a *applier) writeHidden() (err error) {
	a.hiddenEncoded()
	if a.hidden == nil || a.hiddenOf != len(a.sel.targets) {
		// An optional package has fallen with its script.
		if a.hidden, err = a.encodeFor(a.sel.targets, a.sel.bundled); err != nil {
			return err
		}
	}
	file := filepath.Join(a.o.Root, modules, hiddenLock)
	if a.plan.idle() && len(a.built) == 0 {
		if have, err := os.ReadFile(file); err == nil && bytes.Equal(have, a.hidden) {
			return nil
		}
	}
	return writeAtomic(file, a.hidden)
}

// encodeHidden begins to encode npm's hidden lockfile, which takes as long as
// looking at the bins does, unless that has begun.
func (a *applier) encodeHidden() {
	if a.hiddenEncoded != nil {
		return
	}
	a.hiddenEncoded = func() {}
	if a.sel.isolated != nil {
		return
	}
	a.hiddenOf = len(a.sel.targets)
	if r := a.sel.recorded; r != nil {
		a.hidden = r.hidden
		return
	}
	// What falls with a script leaves these lists meanwhile.
	targets, bundled := slices.Clone(a.sel.targets), slices.Clone(a.sel.bundled)
	encoded := par.Ahead(func() (err error) {
		a.hidden, err = a.encodeFor(targets, bundled)
		return err
	})
	a.hiddenEncoded = func() {
		if encoded() != nil {
			a.hidden = nil
		}
	}
}

// report fills in what was done.
func (a *applier) report(res *Result) {
	if r := a.sel.recorded; r != nil {
		res.Added = r.added
		return
	}
	if a.sel.isolated != nil {
		a.sel.isolated.report(a.old, res)
		return
	}
	res.Kept = len(a.plan.keep)
	for _, j := range a.jobs {
		if j.dropped {
			continue
		}
		c := Change{Location: j.loc, Name: j.displayName(), Version: j.pkg.Version}
		if before, ok := a.plan.before[j.loc]; ok {
			c.From = before.Version
			res.Changed = append(res.Changed, c)
		} else {
			res.Added = append(res.Added, c)
		}
	}
	for _, loc := range a.plan.remove {
		before := a.plan.before[loc]
		res.Removed = append(res.Removed, Change{Location: loc, Name: before.Name, From: before.Version})
	}
}

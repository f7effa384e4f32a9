package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/ipnpm/ipnpm/audit"
	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve"
)

// plan is what one command wants of the pipeline.
type plan struct {
	// frozen takes the lockfile as it is and fails when package.json asks for
	// something else (ci).
	frozen bool
	// update re-picks these packages though the lock satisfies, and updateAll
	// all of them.
	update    []string
	updateAll bool
	// avoid are ranges of versions, by name, to be picked only where nothing
	// else answers (audit fix).
	avoid map[string]string
	// refresh saves in package.json what update found (update --save).
	refresh bool
	// dedupe takes what is there before what is newer.
	dedupe bool
	// added is what add put into the manifest, which is saved with other
	// texts than it is resolved with.
	added []addition
	// edited says that package.json has been changed in memory; it is written
	// once the tree is resolved.
	edited bool
	// unsaved writes neither it nor the lockfile (--no-save).
	unsaved bool
	// watch compares what registries say with the lockfile, where that is wanted.
	watch *watch
	// dry only tells what would be done (--dry-run).
	dry bool
	// scripts runs the project's own lifecycle scripts afterwards, as npm
	// does for an install without arguments.
	scripts bool
	// clean reinstalls what is there (ci).
	clean bool
	// removed are packages that go, with their patches.
	removed []string
	// rebuild runs the scripts of these packages again, nil for none.
	rebuild func(name, version string) bool
}

// asked names what was added, by the folder of its importer.
func (p plan) asked() map[string][]string {
	names := make(map[string][]string)
	for _, add := range p.added {
		names[add.importer.location] = append(names[add.importer.location], add.name)
	}
	return names
}

// outcome is what the summary tells.
type outcome struct {
	result *install.Result
	lock   *lockfile.Lockfile
	took   time.Duration
	tree   *resolve.Tree
	// warnings are the resolver's.
	warnings []resolve.Warning
	// recollection is what was asked, nil unless it may be asked again; recalled is
	// the encoded lockfile, where it is the one that it came to before.
	recollection *recollection
	recalled     []byte
	// closed waits until lock has its closure, see closeLock, and encoded for
	// what is to be written of it then; that is nil where nothing is.
	closed  func() error
	encoded func() ([]byte, error)
	// recorded waits until this machine's own index has what was resolved.
	recorded func()
	// before is the lockfile that it started from, nil without one.
	before *lockfile.Lockfile
	// missing are the packages that an offline run could not pin.
	missing []missingPackage
	// unsettled says that there are patches that should be applied and are not:
	// the next install has to look again.
	unsettled bool
	// dry says that nothing of it was done.
	dry bool
	// audit is the report on what there is now, nil unless one is wanted; mended
	// says that it is the command's, and not an install's.
	audit  *audit.Report
	mended bool
}

// install takes a project from its manifest to node_modules: resolve, pin,
// write the lockfile, install, remember. Whatever fails leaves package.json and
// the lockfile as they were; a kill may leave new ones, which the next install
// follows.
func (s *session) install(ctx context.Context, p *project, want plan) (*outcome, error) {
	start := time.Now()
	out := &outcome{dry: want.dry, before: p.lock, closed: func() error { return nil },
		recorded: func() {}}
	s.layers.expect(p.lock)
	// Fetching ahead goes on while the install runs, which joins what is
	// under way, and ends with it.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer func() { out.recorded() }()
	var err error
	if want.frozen {
		out.lock, err = s.frozenLock(ctx, p)
	} else {
		for _, field := range p.foreign.Unheeded {
			s.app.warn("%s changes no version here, as with npm: write it as \"overrides\" in package.json", field)
		}
		out.lock, err = s.resolve(ctx, p, want, out)
		if err != nil && s.askAgain() {
			out.lock, err = s.resolve(ctx, p, want, out)
		}
	}
	if err == nil && !want.frozen {
		err = s.assignPatches(p, want, out)
	}
	if err != nil {
		return nil, err
	}
	changed, err := s.edit(p, want, out)
	if err != nil {
		return nil, err
	}
	options := s.installOptions(ctx, p, want, out.lock)
	if s.drifts(p, want, out.lock) {
		// The next install has to put the lockfile or the tree right, and must
		// not find that nothing changed.
		options.Settings += "drifted\n"
	} else {
		options.Trees = s.trees(ctx)
	}
	options.Memo = memoOf(out.lock)
	if options.Vet, err = s.vet(ctx, p, out); err != nil {
		return nil, err
	}
	if err := s.tryPatches(ctx, options, out); err != nil {
		return nil, err
	}
	if out.unsettled {
		options.Memo = ""
	}
	kept := s.encode(want, out)
	if err := s.checkHere(ctx, options, out); err != nil {
		return nil, err
	}
	if want.dry {
		err = s.preview(options, out)
	} else {
		err = s.carryOut(ctx, p, changed, options, out)
	}
	_ = kept() // without it the next time takes longer
	if err != nil {
		return nil, err
	}
	if want.clean && out.result != nil {
		// Nothing was taken over, so everything counts as new.
		out.result.Added = append(out.result.Added, out.result.Changed...)
		out.result.Changed = nil
	}
	out.took = time.Since(start)
	return out, nil
}

// encode begins to encode the lockfile, where it is to be written, and to keep what
// was resolved; kept waits for that.
func (s *session) encode(want plan, out *outcome) (kept func() error) {
	switch {
	case !s.writesLock(want) || want.dry:
	case out.recalled != nil:
		out.encoded = func() ([]byte, error) { return out.recalled, nil }
	default:
		out.encoded = encodeLock(out.lock, out.closed)
		return out.recollection.keep(out)
	}
	return func() error { return nil }
}

// preview finds out what carryOut would do.
func (s *session) preview(options install.Options, out *outcome) error {
	if s.cfg.Bool("package-lock-only") {
		return install.Check(options)
	}
	var err error
	out.result, err = install.Preview(options)
	return err
}

// carryOut writes the files and makes node_modules.
func (s *session) carryOut(ctx context.Context, p *project, edited []*manifest.File, options install.Options, out *outcome) error {
	var err error
	announce := options.Announce
	options.Announce = func(wanted []install.Wanted) {
		// It may ask for the closure. An error is the lockfile's, and Save's.
		_ = out.closed()
		announce(wanted)
	}
	undo := p.saveBy(&options, edited, out)
	if s.cfg.Bool("package-lock-only") {
		err = saveOnly(options)
	} else {
		end := s.timing.begin(wholePhases, "install")
		out.result, err = install.Run(ctx, options)
		end()
		if out.result != nil && len(out.result.Blocked) > 0 {
			out.result.Blocked = s.approvals(p.file).undecided(out.result.Blocked)
		}
	}
	if _, changed := errors.AsType[*manifest.ChangedError](err); err == nil || changed || p.treeIsMade(err) {
		return err // which has nothing to put back
	}
	if _, gone := os.Stat(p.dir); errors.Is(gone, fs.ErrNotExist) {
		return &hintError{err: fmt.Errorf("the folder of the project is gone: %w", err),
			hint: "it was removed or renamed meanwhile, and nothing is put in its place; what was fetched is kept for the next time"}
	}
	return errors.Join(err, undo())
}

// saveOnly writes the files of what could be installed.
func saveOnly(options install.Options) error {
	if err := install.Check(options); err != nil {
		return err
	}
	settle, err := options.Save()
	if err != nil {
		return err
	}
	return settle()
}

// saveBy has the installer write the files, and returns what puts them back after it.
func (p *project) saveBy(options *install.Options, edited []*manifest.File, out *outcome) (undo func() error) {
	// Asked once: when saving has begun, what is on the disk is no longer what was read.
	ready := sync.OnceValue(func() error { return p.mayBeSaved(edited) })
	var files []before
	options.Ready = ready
	options.Save = func() (settle func() error, err error) {
		if err = ready(); err != nil {
			return nil, err
		}
		// While the lockfile is being encoded.
		if files, err = remember(p.saved(edited, out.encoded != nil)...); err != nil {
			return nil, err
		}
		var data []byte
		if out.encoded != nil {
			data, err = out.encoded()
		}
		if err != nil {
			return nil, err
		}
		return p.save(edited, data)
	}
	return func() error { return putBack(files) }
}

// edit makes, in memory, the changes that are to be saved in package.json and
// in what the lockfile quotes of it, and returns the files that have some.
func (s *session) edit(p *project, want plan, out *outcome) ([]*manifest.File, error) {
	switch {
	case want.refresh:
		return s.refreshRanges(p, want.update, out)
	case !want.edited || want.unsaved:
		return nil, p.saveAs(want.added, out.lock)
	}
	files := make([]*manifest.File, 0, len(p.importers))
	for _, m := range p.importers {
		files = append(files, m.file)
	}
	if !slices.Contains(files, p.file) {
		files = append(files, p.file) // which may lose a patch
	}
	return files, p.saveAs(want.added, out.lock)
}

// resolve builds the tree while what it picks is already being fetched, and
// pins the result.
func (s *session) resolve(ctx context.Context, p *project, want plan, out *outcome) (*lockfile.Lockfile, error) {
	want.watch = p.newWatch()
	request := s.request(ctx, p, want)
	out.recollection = s.recollect(p, want, &request)
	if lock := s.recall(ctx, out); lock != nil {
		return lock, nil
	}
	fetch := s.newPrefetcher(ctx, s.fits())
	if fetch.unpacks && !want.dry {
		request.Options.OnPick = fetch.pick
	}
	s.bar.Phase("resolve", 0)
	end := s.timing.begin(wholePhases, "resolve")
	tree, err := resolve.Build(ctx, request)
	end()
	fetch.decide()
	for _, add := range want.added {
		err = cmp.Or(err, add.unknown)
	}
	if err == nil {
		err = s.checkNewer(ctx, want.watch)
	}
	if err = want.watch.alarm(err); err != nil {
		return nil, s.explainUnknown(err)
	}
	out.tree, out.warnings = tree, tree.Warnings
	lock := tree.Lockfile()
	versions := map[string]*registry.Version{}
	for v := range tree.Versions() {
		versions[v.Name+"@"+v.Version] = v
	}
	s.layers.tellDissent(versions)
	if want.dry {
		s.pinKnown(lock, versions)
		return lock, nil
	}
	end = s.timing.begin(wholePhases, "pin")
	out.missing, err = s.pinAll(ctx, fetch, lock, versions)
	end()
	if err != nil {
		return nil, err
	}
	s.nameRegistries(lock, p.lock)
	out.closed = closeLock(lock)
	out.recorded = s.record(ctx, lock, versions)
	return lock, nil
}

// vet refuses, when it is about to be brought in, what the policy does not
// allow: also what a lockfile names already.
func (s *session) vet(ctx context.Context, p *project, out *outcome) (func(*lockfile.Package) error, error) {
	var refused map[string]error
	var err error
	switch {
	case !hasElsewhere(out.lock):
		// What registries hold is never refused.
	case out.tree != nil:
		refused = out.tree.Refused()
	default:
		if refused, err = resolve.Refused(ctx, s.request(ctx, p, plan{})); err != nil {
			return nil, err
		}
	}
	return func(pkg *lockfile.Package) error { return refused[pkg.Resolved] }, nil
}

// hasElsewhere says that a lockfile has a package that no registry holds.
func hasElsewhere(lock *lockfile.Lockfile) bool {
	for _, pkg := range lock.Packages {
		if pkg.Resolved != "" && !pkg.Link {
			return true
		}
	}
	return false
}

// saved are the files that save writes.
func (p *project) saved(edited []*manifest.File, lock bool) []string {
	paths := make([]string, 0, len(edited)+1)
	for _, file := range edited {
		paths = append(paths, file.Path)
	}
	if lock {
		paths = append(paths, filepath.Join(p.records(), lockfile.FileName))
	}
	return paths
}

// mayBeSaved is an error where another command has written a package.json since this
// one read it, whose dependency would be lost, and where the project is gone.
func (p *project) mayBeSaved(edited []*manifest.File) error {
	for _, file := range edited {
		if err := file.Current(); err != nil {
			return err
		}
	}
	if p.global != nil {
		return nil // whose folders are made
	}
	_, err := os.Stat(p.dir)
	return err
}

// save writes package.json and, unless it is nil, the lockfile, each by a rename,
// the lockfile last, which is settle's: a run that ends between the two is put right
// by the next.
func (p *project) save(edited []*manifest.File, lock []byte) (settle func() error, err error) {
	if err := p.makeRecords(); err != nil {
		return nil, err
	}
	for _, file := range edited {
		if err := file.Save(); err != nil {
			return nil, err
		}
	}
	if lock == nil {
		return func() error { return nil }, nil
	}
	rename, err := lockfile.Stage(p.records(), lock)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", lockfile.FileName, err)
	}
	return func() error {
		if err := rename(); err != nil {
			return fmt.Errorf("write %s: %w", lockfile.FileName, err)
		}
		return nil
	}, nil
}

// drifts says that node_modules will not be what the lockfile on the disk says.
func (s *session) drifts(p *project, want plan, lock *lockfile.Lockfile) bool {
	switch {
	case want.frozen:
		return lock != p.lock
	case s.writesLock(want):
		return false
	}
	return p.lock == nil || p.seeded || len(lockfile.Diff(p.lock, lock)) > 0
}

// writesLock says that what a plan makes of the lockfile is kept.
func (s *session) writesLock(want plan) bool {
	return !want.frozen && !want.unsaved && s.cfg.Bool("package-lock")
}

// Tarball makes a session the installer's Fetcher: of a patched package it is
// what comes of the verified tarball.
func (s *session) Tarball(ctx context.Context, location string, pkg *lockfile.Package) (install.Tarball, error) {
	t, err := s.shippedTarball(ctx, location, pkg)
	if err != nil || pkg.Patched == nil {
		return t, err
	}
	data, err := patchedTarball(s.project, pkg.Patched, t.Data)
	return install.Tarball{Data: data}, err
}

// shippedTarball is a locked package's tarball, verified, as it was published.
func (s *session) shippedTarball(ctx context.Context, location string, pkg *lockfile.Package) (install.Tarball, error) {
	if pkg.Resolved != "" {
		data, err := s.localTarball(ctx, s.project, location, pkg)
		return install.Tarball{Data: data, Integrity: pkg.Integrity}, err
	}
	s.missed()
	name := packageName(location, pkg)
	r, err := s.registryFor(name)
	if err != nil {
		return install.Tarball{}, err
	}
	c, err := s.bring(ctx, r, versionOf(name, pkg))
	return c.tarball(name), err
}

package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/patch"
)

// readPatch reads a patch of the project, whose path is not to leave it, by a
// link neither.
func readPatch(dir, file string) ([]byte, error) {
	if err := patch.CheckPath(file); err != nil {
		return nil, err
	}
	data, err := readWithin(dir, file, patch.MaxSize+1) // what is too large is refused where it is parsed
	if err != nil {
		return nil, patch.NotFoundError("the patch "+file+" cannot be read", err)
	}
	return data, nil
}

// readWithin reads at most so many bytes of a file below a folder.
func readWithin(dir, file string, most int64) (data []byte, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	f, err := root.Open(filepath.FromSlash(file))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, most))
}

// patchedTarball is what comes of a verified tarball and the project's patch.
func patchedTarball(dir string, by *lockfile.Patched, data []byte) ([]byte, error) {
	text, err := readPatch(dir, by.Path)
	if err != nil {
		return nil, err
	}
	p, err := patch.Open(by.Path, text, by.Integrity)
	if err != nil {
		return nil, err
	}
	if data, err = p.Tarball(data); err != nil {
		return nil, fmt.Errorf("%s: %w", by.Path, err)
	}
	return data, nil
}

// patchFiles are the project's patches, whose change makes the tree out of date.
func (p *project) patchFiles() []string {
	patches := p.file.Patches()
	if len(patches) == 0 {
		return nil
	}
	files := slices.Sorted(maps.Values(patches))
	return slices.DeleteFunc(slices.Compact(files), func(file string) bool { return patch.CheckPath(file) != nil })
}

// allowsUnused and ignoresFailures are the switches that let an install go on
// without a patch. They count on the command line alone.
func (s *session) allowsUnused() bool {
	return s.cfg.Bool("allow-unused-patches") && s.cfg.Source("allow-unused-patches").Layer == config.Flag
}

func (s *session) ignoresFailures() bool {
	return s.cfg.Bool("ignore-patch-failures") && s.cfg.Source("ignore-patch-failures").Layer == config.Flag
}

// assignPatches records in the new lockfile which packages are patched. A patch
// for none is an error, unless the command removed its package: then it goes too.
func (s *session) assignPatches(p *project, want plan, out *outcome) error {
	unused, err := p.assign(out.lock)
	if err != nil {
		return err
	}
	unused = slices.DeleteFunc(unused, func(r patch.Rule) bool {
		if !slices.Contains(want.removed, r.Name) {
			return false
		}
		p.file.RemovePatch(r.Key)
		s.notice("the entry %q of patchedDependencies went with its package; %s is still there", r.Key, r.Path)
		return true
	})
	if len(unused) == 0 {
		return nil
	}
	if !s.allowsUnused() {
		return patch.UnusedError(unused)
	}
	out.unsettled = true
	return nil
}

// assign is [patch.Rules.Assign] for the project.
func (p *project) assign(lock *lockfile.Lockfile) (unused patch.Rules, err error) {
	for _, w := range p.workspaces {
		if w.Patched {
			return nil, &hintError{err: fmt.Errorf("patchedDependencies stand in the workspace %s", w.Name()),
				hint: "move them to the package.json of the project: packages are installed for all of it", code: "EPATCHWORKSPACE"}
		}
	}
	return patch.ParseRules(p.file.Patches()).Assign(lock, p.workspaceFolders(), func(file string) ([]byte, error) {
		return readPatch(p.dir, file)
	})
}

// checkPatches compares a lockfile's patches with the project's, and has those
// of the project in it.
func (s *session) checkPatches(p *project, lock *lockfile.Lockfile) (problems []string, err error) {
	locked := make(map[string]*lockfile.Patched, len(p.lock.Packages))
	for location, pkg := range p.lock.Packages {
		locked[location] = pkg.Patched
	}
	unused, err := p.assign(lock)
	if err != nil {
		return nil, err
	}
	for location, pkg := range lock.Packages {
		was, is := locked[location], pkg.Patched
		name := packageName(location, pkg) + "@" + pkg.Version
		switch {
		case was == nil && is != nil:
			problems = append(problems, "invalid: package.json has a patch for "+name+" that the lockfile does not record")
		case was != nil && is == nil:
			problems = append(problems, "invalid: the lockfile records a patch for "+name+" that package.json does not have")
		case was != nil && *was != *is:
			problems = append(problems, "invalid: the patch for "+name+" is not the one that the lockfile records")
		}
	}
	if len(unused) > 0 && len(problems) == 0 {
		return nil, patch.UnusedError(unused)
	}
	return problems, nil
}

// tryPatches applies the patches of all packages that are to be brought in,
// before anything is changed: one that does not apply ends the install here.
func (s *session) tryPatches(ctx context.Context, o install.Options, out *outcome) error {
	if out.dry || s.cfg.Bool("package-lock-only") || !hasPatched(o.Lock) {
		return nil
	}
	locations, err := install.Patched(o)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	failed := map[string]error{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for _, location := range locations {
		pkg := o.Lock.Packages[location]
		group.Go(func() error {
			// That a tarball cannot be had, the install itself finds and tells.
			err := s.unpackLocked(ctx, location, pkg)
			if _, isPatch := errors.AsType[*patch.Error](err); isPatch {
				mu.Lock()
				defer mu.Unlock()
				failed[location] = fmt.Errorf("%s@%s: %w", packageName(location, pkg), pkg.Version, err)
			}
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return context.Cause(ctx)
	}
	return s.goWithout(o.Lock, failed, out)
}

// hasPatched says that a lockfile has a patched package.
func hasPatched(lock *lockfile.Lockfile) bool {
	for _, pkg := range lock.Packages {
		if pkg.Patched != nil {
			return true
		}
	}
	return false
}

// goWithout takes patches that do not apply off the lockfile, where that is
// wanted, and is otherwise the error of them.
func (s *session) goWithout(lock *lockfile.Lockfile, failed map[string]error, out *outcome) error {
	if len(failed) == 0 {
		return nil
	}
	errs := slices.SortedFunc(maps.Values(failed), func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	if !s.ignoresFailures() {
		return errors.Join(errs...)
	}
	for _, err := range errs {
		s.app.warn("%v; it is installed unpatched, which `ipnpm ci` will refuse", err)
	}
	for location := range failed {
		lock.Packages[location].Patched = nil
	}
	out.unsettled = true
	return nil
}

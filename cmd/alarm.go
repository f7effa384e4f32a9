package cmd

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// watch compares every document that a resolution reads with what the lockfile
// has of the package: a version with another digest than when it was locked is
// an alarm, whether or not it would be picked again.
type watch struct {
	lock *lockfile.Lockfile

	mu     sync.Mutex
	byName map[string][]*lockfile.Package // made by the first question
	alarms []error
}

// newWatch is for a lockfile that someone keeps; what node_modules says of
// itself is none, and could not be mended by taking an entry out.
func (p *project) newWatch() *watch {
	if p.placed {
		return &watch{}
	}
	return &watch{lock: p.lock}
}

// locked are the lockfile's packages of one name, by their digests.
func (w *watch) locked(name string) []*lockfile.Package {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byName == nil && w.lock != nil {
		w.byName = make(map[string][]*lockfile.Package, len(w.lock.Packages))
		for location, pkg := range w.lock.Packages {
			if ofRegistry(location, pkg) && pkg.Integrity != "" {
				n := packageName(location, pkg)
				w.byName[n] = append(w.byName[n], pkg)
			}
		}
	}
	return w.byName[name]
}

// check is told every document.
func (w *watch) check(doc *registry.Packument) error {
	if w == nil || w.lock == nil {
		return nil
	}
	for _, pkg := range w.locked(doc.Name) {
		if !doc.Has(pkg.Version) {
			continue // it was taken back, which is nobody's fraud
		}
		is, err := doc.Version(pkg.Version)
		if err != nil {
			continue // whoever asks for it hears of that
		}
		if err := checkLocked(pkg.Integrity, is); err != nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.alarms = append(w.alarms, err)
			return err
		}
	}
	return nil
}

// checkLocked compares a version with the integrity that it was locked with.
func checkLocked(integrity string, is *registry.Version) error {
	was := &registry.Version{Manifest: manifest.Manifest{Name: is.Name, Version: is.Version}}
	was.Dist.Integrity = integrity
	return registry.CheckDigest(was, is)
}

// alarm is what became known, each once. The resolver passes over an optional
// package that fails; an alarm is not to be passed over.
func (w *watch) alarm(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, told := errors.AsType[*registry.DigestError](err); told || len(w.alarms) == 0 {
		return err
	}
	return slices.MinFunc(w.alarms, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
}

// checkNewer compares the rest of the lockfile with the indexes that were
// opened at another root than it names: they are at hand, and their documents
// come in one walk. What nobody asked an index for costs nothing.
func (s *session) checkNewer(ctx context.Context, w *watch) error {
	if w.lock == nil {
		return nil
	}
	names := map[string][]string{} // by registry key
	for location, pkg := range w.lock.Packages {
		key := firstNonEmpty(pkg.Registry, lockfile.DefaultRegistry)
		if ofRegistry(location, pkg) && pkg.Integrity != "" {
			names[key] = append(names[key], packageName(location, pkg))
		}
	}
	for key, list := range names {
		s.mu.Lock()
		index, ok := s.registries[key].(*indexRegistry)
		s.mu.Unlock()
		if !ok {
			continue
		}
		if state, opened := index.State(); !opened || state.Root == w.lock.Registries[key].Root {
			continue
		}
		if err := index.Prefetch(ctx, list); err != nil {
			return err
		}
		for _, name := range list {
			doc, err := index.Packument(ctx, name)
			if err != nil {
				continue // it is not there any more, or not to be read
			}
			if err := w.check(doc); err != nil {
				return err
			}
		}
	}
	return nil
}

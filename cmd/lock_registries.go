package cmd

import (
	"context"
	"sync"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
)

// nameRegistries records which registry each package came from, and what
// state of it.
func (s *session) nameRegistries(lock, before *lockfile.Lockfile) {
	lock.Registries = map[string]lockfile.Registry{}
	for location, pkg := range lock.Packages {
		if location == "" || pkg.Link || pkg.CID == "" && pkg.Integrity == "" {
			continue
		}
		key := s.registryKey(packageName(location, pkg), pkg.Version)
		pkg.Registry = key
		if key == lockfile.DefaultRegistry {
			pkg.Registry = ""
		}
		if _, done := lock.Registries[key]; done {
			continue
		}
		lock.Registries[key], _ = s.registryState(key, before)
	}
	if s.layers == nil {
		return
	}
	// What an upper layer does not have is part of the answer too.
	for _, key := range s.layers.keys {
		if state, known := s.registryState(key, before); known {
			lock.Registries[key] = state
		}
	}
}

// registryKey is the lockfile's key of the registry that a version is from.
func (s *session) registryKey(name, version string) string {
	if scope := s.boundScope(name); scope != "" {
		return scope
	}
	if s.layers != nil {
		if key, known := s.layers.keyOf(name, version); known {
			return key
		}
	}
	return lockfile.DefaultRegistry
}

// registryState is the state that was resolved against, or, when nothing had
// to be asked, the one that the previous lockfile names.
func (s *session) registryState(key string, before *lockfile.Lockfile) (state lockfile.Registry, known bool) {
	s.mu.Lock()
	r, open := s.registries[key]
	s.mu.Unlock()
	if open {
		if state, ok := r.State(); ok {
			// A state that --at names by its root alone.
			if before != nil && state.Sequence == 0 && before.Registries[key].Root == state.Root {
				state = before.Registries[key]
			}
			return state, true
		}
	}
	if before != nil {
		state, known = before.Registries[key]
	}
	return state, known
}

// record begins to keep the slice of the upstream registries that the project uses, and
// returns what waits for it. It serves later runs, so its failure is a notice and not an
// error.
func (s *session) record(ctx context.Context, lock *lockfile.Lockfile, versions map[string]*registry.Version) (recorded func()) {
	byRegistry := map[string][]*registry.Version{}
	seen := map[string]bool{}
	for location, pkg := range lock.Packages {
		name := packageName(location, pkg)
		v, ok := versions[name+"@"+pkg.Version]
		if !ok || pkg.CID == "" || seen[name+"@"+pkg.Version] {
			continue
		}
		seen[name+"@"+pkg.Version] = true
		key := s.registryKey(name, pkg.Version)
		byRegistry[key] = append(byRegistry[key], v)
	}
	var recording sync.WaitGroup
	recording.Go(func() {
		for key, list := range byRegistry {
			s.recordIn(ctx, key, list)
		}
	})
	return recording.Wait
}

func (s *session) recordIn(ctx context.Context, key string, versions []*registry.Version) {
	s.mu.Lock()
	r := s.registries[key]
	s.mu.Unlock()
	if r == nil {
		return
	}
	if err := r.Record(ctx, versions); err != nil && ctx.Err() == nil {
		s.notice("the local index of %s could not be updated: %v", r.Describe(), err)
	}
}

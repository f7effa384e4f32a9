package cmd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/lockfile"
)

// trees are the records of what was installed where there was nothing, nil where they
// could not be told apart.
func (s *session) trees(ctx context.Context) *install.Trees {
	program := s.app.programName()
	if program == "" {
		return nil
	}
	return &install.Trees{
		Dir:     s.dirs.treesDir(),
		Context: fmt.Sprintf("%s, node %s, engine-strict %t", program, s.nodeVersion(ctx), s.cfg.Bool("engine-strict")),
	}
}

// again is the fast way where there is a lockfile and no node_modules: what was made of
// the same files before is made of them once more, without reading the lockfile. Who
// asked for something that only the lockfile or the registry tells goes the long way.
func (s *session) again(ctx context.Context, p *project, want plan) (done bool, err error) {
	if !s.mayBeBrief() || s.app.json || s.allowsUnused() || s.ignoresFailures() ||
		len(p.workspaces) > 0 || p.self != "" || len(p.foreign.Unheeded) > 0 || !p.isLocked() {
		return false, nil
	}
	if _, err := os.Lstat(filepath.Join(p.dir, "node_modules")); err == nil {
		return false, nil
	}
	if _, err := os.Lstat(s.dirs.treesDir()); err != nil {
		return false, nil //nolint:nilerr // nothing was kept
	}
	start := time.Now()
	s.bar = s.app.newProgressFor(s)
	end := s.timing.begin(wholePhases, "again")
	o := s.installOptions(ctx, p, want, &lockfile.Lockfile{})
	o.Trees = s.trees(ctx)
	res, made, err := install.Again(ctx, o)
	end()
	s.bar.Close()
	if !made || err != nil {
		return false, err
	}
	return true, s.app.summarize(s, &outcome{result: res, lock: p.quotes(), took: time.Since(start)})
}

// quotes is what a summary reads of a lockfile: what the project asks for, and where
// that would be.
func (p *project) quotes() *lockfile.Lockfile {
	asks := &lockfile.Package{
		Dependencies: p.root.Dependencies, DevDependencies: p.root.DevDependencies,
		OptionalDependencies: p.root.OptionalDependencies, PeerDependencies: p.root.PeerDependencies,
	}
	lock := &lockfile.Lockfile{Packages: map[string]*lockfile.Package{"": asks}}
	for _, group := range [...]map[string]string{asks.Dependencies, asks.DevDependencies, asks.OptionalDependencies, asks.PeerDependencies} {
		for name := range group {
			lock.Packages["node_modules/"+name] = &lockfile.Package{}
		}
	}
	return lock
}

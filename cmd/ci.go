package cmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve"
)

func newCICmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "ci",
		Aliases: []string{"clean-install", "ic", "install-clean"},
		GroupID: "project",
		Short:   "Install exactly what the lockfile says",
		Long: `Ci installs from ipnpm-lock.json alone: it never resolves, writes no lockfile,
and needs neither an index nor IPNS, only the tarballs by CID from any source.
It fails when the lockfile is missing or lacks something that package.json asks
for, leaves out what package.json does not ask for any more, and replaces
whatever is in node_modules.`,
		Example: `  ipnpm ci
  ipnpm ci --omit=dev --ipfs=gateway:http://127.0.0.1:8080`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runCI(c.Context(), a) },
	}
	a.bindTree(c.Flags())
	a.bindConfig(c.Flags(), "dry-run")
	return c
}

func runCI(ctx context.Context, a *app) error {
	p, err := a.openFilteredUnlocked(ctx)
	if err != nil {
		return err
	}
	return a.withEngines(p, func(s *session) error {
		want := plan{frozen: true, clean: true, scripts: true}
		if done, err := s.again(ctx, p, want); done || err != nil {
			return err
		}
		stop, err := s.readLockAhead(ctx, p)
		defer stop()
		if err != nil {
			return err
		}
		return s.installAndTell(ctx, p, want)
	})
}

// frozenLock returns the project's lock if it answers everything that
// package.json and the workspaces ask for.
func (s *session) frozenLock(ctx context.Context, p *project) (*lockfile.Lockfile, error) {
	if s.allowsUnused() || s.ignoresFailures() {
		return nil, &hintError{err: errors.New("--allow-unused-patches and --ignore-patch-failures are not for an install by the lockfile alone"),
			hint: "mend or remove the patch with `ipnpm patch`, or run `ipnpm install` with them", code: "ECIPATCHFLAG"}
	}
	if p.lock == nil || p.seeded {
		return nil, &hintError{
			err:  fmt.Errorf("there is no %s in %s", lockfile.FileName, p.dir),
			hint: "run `ipnpm install` once to make it, and commit it",
			code: "EUSAGE",
		}
	}
	lock, problems, err := s.lockedTree(ctx, p)
	if err != nil {
		return nil, err
	}
	if len(problems) == 0 {
		return lock, nil
	}
	slices.Sort(problems)
	const most = 8
	shown := problems
	if len(shown) > most {
		shown = append(slices.Clone(shown[:most]), fmt.Sprintf("… and %d more", len(problems)-most))
	}
	return nil, &hintError{
		err:  fmt.Errorf("%s does not fit package.json:\n  %s", lockfile.FileName, strings.Join(shown, "\n  ")),
		hint: "run `ipnpm install` to bring the lockfile up to date",
		code: "EUSAGE",
	}
}

// lockedTree is the lockfile, without what package.json does not ask for any
// more and all that only this needed, or the problems with it.
func (s *session) lockedTree(ctx context.Context, p *project) (*lockfile.Lockfile, []string, error) {
	tree, problems, err := resolve.Frozen(ctx, s.request(ctx, p, plan{}))
	if err != nil || len(problems) > 0 {
		return nil, problems, err
	}
	lock := p.lock
	if p.hasDrifted() {
		lock = tree.Lockfile()
		lock.Registries = p.lock.Registries
	}
	drift, err := s.checkPatches(p, lock)
	return lock, append(s.strayLinks(p, lock), drift...), err
}

// hasDrifted says that the project and its workspaces ask for something else
// than the lockfile quotes of them. The quote decides, for one, which folders
// outside the project may be linked to, and so must not be the lockfile's own
// invention.
func (p *project) hasDrifted() bool {
	return quotesOtherwise(p.lock, "", p.root) || slices.ContainsFunc(p.workspaces, func(w manifest.Workspace) bool {
		return quotesOtherwise(p.lock, w.Location, w.Manifest)
	})
}

// hasDriftedAhead says so of the project itself by the lockfile's first lines, before
// the rest is read; false where they do not tell.
func (p *project) hasDriftedAhead() bool {
	head, err := p.head()
	return err == nil && head.Packages[""] != nil && quotesOtherwise(head, "", p.root)
}

// quotesOtherwise says that a lockfile quotes of a manifest what it does not say.
func quotesOtherwise(lock *lockfile.Lockfile, location string, m *manifest.Manifest) bool {
	pkg := lock.Packages[location]
	if pkg == nil {
		return true
	}
	// npm publishes the optional ones among the dependencies, too.
	required := maps.Clone(map[string]string(m.Dependencies))
	maps.DeleteFunc(required, func(name, _ string) bool { _, ok := m.OptionalDependencies[name]; return ok })
	return !maps.Equal(pkg.Dependencies, required) ||
		!maps.Equal(pkg.DevDependencies, m.DevDependencies) ||
		!maps.Equal(pkg.OptionalDependencies, m.OptionalDependencies) ||
		!maps.Equal(pkg.PeerDependencies, m.PeerDependencies)
}

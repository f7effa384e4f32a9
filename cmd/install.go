package cmd

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/lockfile"
)

func newInstallCmd(a *app) *cobra.Command {
	var frozen bool
	var o addOptions
	c := &cobra.Command{
		Use:     "install [PKG...]",
		Aliases: []string{"i", "in", "isntall"},
		GroupID: "project",
		Short:   "Install what package.json asks for",
		Long: `Install resolves the dependencies of package.json, writes ipnpm-lock.json and
makes node_modules so. What the lockfile already pins stays as it is. While
there is no ipnpm-lock.json yet, the versions are taken from npm-shrinkwrap.json,
package-lock.json, pnpm-lock.yaml, yarn.lock or bun.lock, the first that is there,
or else are those in node_modules, if nobody changed anything there since.
With package names it is ` + "`ipnpm add`" + `.

With --at it resolves against a state of before of a registry on IPFS, dist-tags
included: the root in the lockfile of then replays that resolution exactly.

Install scripts of dependencies do not run unless approved; the summary lists
the blocked ones.

In a project of several packages -w installs what one workspace depends on, by
its name or folder, and leaves the rest of node_modules alone; so does install
from within a workspace. --no-workspaces installs for the root alone. With
install-strategy=linked everything is installed all the same.

Beyond npm's, specs of pnpm, Yarn and bun are taken: workspace: with a range, a
workspace's name or a folder, and catalog: with the catalogs of
pnpm-workspace.yaml, .yarnrc.yml or package.json. npm refuses a package.json
that has them, so "npm ls" complains there. packageExtensions are npm 12's, and
those of pnpm and Yarn; resolutions and pnpm.overrides change nothing, as with
npm: "overrides" does.

The summary under --json has npm's keys but "funding", which an index on IPFS
cannot tell, and beside them where bytes came from, what was kept and more. What
the project's own scripts print goes to standard error then.` + globalLong,
		Example: `  ipnpm install
  ipnpm install --omit=dev
  ipnpm install --offline
  ipnpm install -g typescript
  ipnpm install --registry=ipns://k51qzi5uqu5d...`,
		RunE: func(c *cobra.Command, args []string) error {
			if a.isGlobal() {
				return runGlobalAdd(c.Context(), a, args)
			}
			if len(args) > 0 {
				return runAdd(c.Context(), a, o, args)
			}
			if frozen {
				return runCI(c.Context(), a)
			}
			return runInstall(c.Context(), a)
		},
	}
	c.Flags().BoolVar(&frozen, "frozen-lockfile", false, "the same as ipnpm ci")
	o.bind(a, c.Flags())
	a.bindTree(c.Flags())
	a.bindConfig(c.Flags(), placeKeys()...)
	a.bindAt(c.Flags())
	return c
}

func runInstall(ctx context.Context, a *app) error {
	p, err := a.openFilteredUnlocked(ctx)
	if err != nil {
		return err
	}
	return a.withEngines(p, func(s *session) error {
		if done, err := s.upToDate(ctx, p); done || err != nil {
			return err
		}
		want := plan{scripts: true, unsaved: !s.cfg.Bool("save")}
		if done, err := s.again(ctx, p, want); done || err != nil {
			return err
		}
		s.takeFresh()
		// The index is about to be asked where there is no lockfile, or one of
		// other dependencies, which its first lines tell of a single project.
		locked := p.isLocked()
		if !locked || p.hasDriftedAhead() {
			defer s.openAhead(ctx)()
		}
		stop, err := s.readLockAhead(ctx, p)
		defer stop()
		if err != nil {
			return err
		}
		if locked && p.lock != nil && p.hasDrifted() {
			defer s.openAhead(ctx)()
		}
		return s.installAndTell(ctx, p, want)
	})
}

// openAhead begins to open the index of the first registry, if it is one. What there
// is to tell of that, it tells once it is asked for something.
func (s *session) openAhead(ctx context.Context) (stop func()) {
	if keys := s.registryKeys(); len(s.addresses) > 0 && !strings.HasPrefix(s.addressOf(keys[0]), "http") {
		if r, err := s.registryAt(keys[0]); err == nil {
			if index, ok := r.(*indexRegistry); ok {
				return index.openAhead(ctx)
			}
		}
	}
	return func() {}
}

// upToDate is the fast way out: when nothing changed since the last install,
// only the project's own scripts run, as npm runs them on every install. What
// there is to tell, the last install has noted, so that the lockfile need not be
// read, which takes as long as all the rest.
func (s *session) upToDate(ctx context.Context, p *project) (bool, error) {
	if !s.mayBeBrief() {
		return false, nil
	}
	o := s.installOptions(ctx, p, plan{scripts: true}, &lockfile.Lockfile{})
	if !p.isLocked() {
		// The versions would be taken from node_modules, unless another lockfile is
		// there: then the one that it was made from says the same.
		if seeds, err := p.seeds(); err != nil || len(seeds) > 0 || !install.RestoreLock(o) {
			return false, nil //nolint:nilerr // nothing to go by
		}
	}
	memo, ok := install.Recall(o)
	packages, err := strconv.Atoi(memo)
	if !ok || err != nil {
		return false, nil //nolint:nilerr // no such note
	}
	ran, err := install.RunProjectScripts(ctx, o)
	if err != nil {
		return true, err
	}
	return true, s.app.sayUpToDate(packages, ran)
}

// mayBeBrief says that nobody asked for what only the long way tells or does.
func (s *session) mayBeBrief() bool {
	cfg := s.cfg
	return cfg.Bool("package-lock") && !cfg.Bool("package-lock-only") && !cfg.Bool("force") && !cfg.Bool("dry-run") && !cfg.Bool("audit")
}

// memoOf is what the next run is to know of a lockfile without reading it: the
// number of its packages. There is none when an optional dependency is missing
// from it, which like npm each install tries to get.
func memoOf(lock *lockfile.Lockfile) string {
	if lacksOptional(lock) {
		return ""
	}
	return strconv.Itoa(packagesIn(lock))
}

// withSession opens the session of a project for one command.
func (a *app) withSession(p *project, do func(*session) error) error {
	return p.nameNear(a.withSessionAt(p.dir, func(s *session) error {
		s.forgetUnkept(p)
		return do(s)
	}))
}

// withEngines is withSession for the commands that the project's devEngines may
// forbid: those that make or judge its tree, and run, which are to ask by npm's
// own list. That 12.2.0 asks in all others too, "config get" among them, is a slip
// of it: it looks at the method where it means the list.
func (a *app) withEngines(p *project, do func(*session) error) error {
	return a.withSession(p, func(s *session) error {
		if err := s.checkDevEngines(context.Background(), p); err != nil { // which at most asks node for its version
			return err
		}
		return do(s)
	})
}

// readLock reads the lockfile of a project that was opened without it.
func (s *session) readLock(p *project) error {
	err := p.readLock(s.app)
	s.forgetUnkept(p)
	return err
}

// forgetUnkept has a project without a lockfile where none is to be kept.
func (s *session) forgetUnkept(p *project) {
	if !s.cfg.Bool("package-lock") {
		p.forgetLock()
	}
}

// installAndTell runs the pipeline with a progress line and the summary.
func (s *session) installAndTell(ctx context.Context, p *project, want plan) error {
	want.dry = s.cfg.Bool("dry-run")
	s.bar = s.app.newProgressFor(s)
	out, err := s.install(ctx, p, want)
	s.bar.Close()
	if err != nil {
		return err
	}
	if s.cfg.Bool("audit") {
		// It is not what was asked for, so its failure is none.
		if out.audit, err = s.audit(ctx, p, out.lock); err != nil {
			s.notice("%v", err)
		}
	}
	return s.app.summarize(s, out)
}

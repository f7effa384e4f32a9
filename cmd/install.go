package cmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/install"
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
npm: "overrides" does.`,
		Example: `  ipnpm install
  ipnpm install --omit=dev
  ipnpm install --offline
  ipnpm install --registry=ipns://k51qzi5uqu5d...`,
		RunE: func(c *cobra.Command, args []string) error {
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
	o.bind(c.Flags())
	bindTree(c.Flags())
	a.bindAt(c.Flags())
	return c
}

func runInstall(ctx context.Context, a *app) error {
	p, err := a.openTree(false)
	if err != nil {
		return err
	}
	return a.withSession(p, func(s *session) error {
		if done, err := s.upToDate(ctx, p); done || err != nil {
			return err
		}
		return s.installAndTell(ctx, p, plan{scripts: true, unsaved: !s.cfg.Bool("save")})
	})
}

// upToDate is the fast way out: when nothing changed since the last install,
// only the project's own scripts run, as npm runs them on every install.
func (s *session) upToDate(ctx context.Context, p *project) (bool, error) {
	if p.lock == nil || p.seeded || p.lacksOptional() || s.cfg.Bool("package-lock-only") || s.cfg.Bool("force") || s.cfg.Bool("dry-run") {
		return false, nil
	}
	o := s.installOptions(ctx, p, plan{scripts: true}, p.lock)
	if !install.UpToDate(o) {
		return false, nil
	}
	if _, err := install.RunProjectScripts(ctx, o); err != nil {
		return true, err
	}
	return true, s.app.sayUpToDate(p)
}

// withSession opens the session of a project for one command.
func (a *app) withSession(p *project, do func(*session) error) (err error) {
	s, err := a.openSession(p.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if !s.cfg.Bool("package-lock") {
		p.forgetLock()
	}
	return do(s)
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
	return s.app.summarize(s, out)
}

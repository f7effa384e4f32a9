package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/audit"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/resolve/pick"
	"github.com/ipnpm/ipnpm/tree"
)

func newAuditCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "audit",
		GroupID: "project",
		Short:   "Report the known vulnerabilities of what the lockfile has",
		Long: `Audit asks for the advisories against the packages of the lockfile, and reports
those that apply, the packages that have to change because of them, and what would
mend it. Exit code 1 when there is one of --audit-level or above (low).

A registry on IPFS is read itself: with the snapshot of advisories that it carries
(see ` + "`ipnpm registry advisories`" + `) nobody else learns what is installed, and it
works offline. Without a snapshot the npm registry that it mirrors is asked, and so
is an https registry: by npm's bulk endpoint, to which names and versions are sent,
those of bound scopes to their own registry alone.

Output, --json (auditReportVersion 2) and exit codes are npm's. Unlike npm an
install does not audit unless audit=true is set, or --audit given; nor does audit
write a cache of computed ranges.`,
		Example: `  ipnpm audit
  ipnpm audit --omit=dev --audit-level=high
  ipnpm audit --json --offline`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runAudit(c.Context(), a) },
	}
	a.bindConfig(c.Flags(), append(filteredKeys(), "force", "audit-level", "omit", "include", "before", "min-release-age", "package-lock-only")...)
	c.AddCommand(newAuditFixCmd(a), newAuditSignaturesCmd(a))
	return c
}

func runAudit(ctx context.Context, a *app) error {
	p, err := a.openFiltered(ctx, false)
	if err != nil {
		return err
	}
	return a.withEngines(p, func(s *session) error {
		report, err := s.audit(ctx, p, p.lock)
		if err != nil {
			return err
		}
		if a.json {
			err = a.printJSON(report)
		} else {
			a.tellAudit(report)
		}
		return errors.Join(err, s.auditCode(report))
	})
}

// auditCode is exit code 1 where the report has something of the level asked
// for.
func (s *session) auditCode(report *audit.Report) error {
	if report.Reaches(s.cfg.String("audit-level")) {
		return &silentError{1}
	}
	return nil
}

// audit computes the report on a lockfile of the project.
func (s *session) audit(ctx context.Context, p *project, lock *lockfile.Lockfile) (*audit.Report, error) {
	o, err := s.auditOptions(ctx, p, lock)
	if err != nil {
		return nil, err
	}
	known, err := s.advisories(ctx, o)
	if err != nil {
		return nil, err
	}
	return audit.Run(ctx, o, known)
}

func (s *session) auditOptions(ctx context.Context, p *project, lock *lockfile.Lockfile) (audit.Options, error) {
	if lock == nil {
		return audit.Options{}, &hintError{
			err:  fmt.Errorf("audit: there is no %s in %s", lockfile.FileName, p.dir),
			hint: "`ipnpm install --package-lock-only` makes it",
			code: "ENOLOCK",
		}
	}
	g, err := tree.Locked(ctx, p.treeOptions(s.cfg, lock, s.cfg.Bool("legacy-peer-deps")))
	if err != nil {
		return audit.Options{}, err
	}
	return audit.Options{
		Graph: g, Documents: s.index(nil), Omit: s.cfg.Strings("omit"), Within: p.within(g),
		Pick: pick.Options{
			DefaultTag: s.cfg.String("tag"), NodeVersion: s.nodeVersion(ctx),
			Before: s.cfg.Before(s.app.now()), BeforeExclude: s.cfg.Strings("min-release-age-exclude"),
		},
	}, nil
}

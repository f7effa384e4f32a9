package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/audit"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/tree"
)

func newAuditFixCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "fix",
		Short: "Update what is vulnerable to versions that are not",
		Long: `Fix picks the vulnerable packages anew, within the ranges that ask for them, and
avoids the versions that are vulnerable. With --force it also asks for others where
package.json's ranges have none, and writes them there. What is bundled in another
package cannot be mended so. Exit code 1 when something of --audit-level is left.

Where another version of such a package is in the tree that is not vulnerable, it
is picked anew too, where npm leaves it.`,
		Example: `  ipnpm audit fix
  ipnpm audit fix --dry-run --force`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runAuditFix(c.Context(), a) },
	}
	a.bindTree(c.Flags())
	a.bindConfig(c.Flags(), "audit-level", "dry-run", "save-prefix")
	return c
}

func runAuditFix(ctx context.Context, a *app) error {
	p, err := a.openFiltered(ctx, false)
	if err != nil {
		return err
	}
	return a.withEngines(p, func(s *session) error {
		if !s.cfg.Bool("package-lock") {
			return &hintError{err: errors.New("audit fix cannot be used without a lockfile"), hint: "leave --no-package-lock away", code: "EUSAGE"}
		}
		report, err := s.audit(ctx, p, p.lock)
		if err != nil {
			return err
		}
		want := plan{avoid: map[string]string{}, dry: s.cfg.Bool("dry-run")}
		for _, v := range report.Vulnerabilities {
			want.update = append(want.update, v.Name)
			want.avoid[v.Name] = v.Avoid()
		}
		if err := s.forceFixes(ctx, p, report, &want); err != nil {
			return err
		}
		return s.fixAndTell(ctx, p, want)
	})
}

// fixAndTell installs, and reports what is left.
func (s *session) fixAndTell(ctx context.Context, p *project, want plan) error {
	s.bar = s.app.newProgressFor(s)
	out, err := s.install(ctx, p, want)
	s.bar.Close()
	if err != nil {
		return err
	}
	out.mended = true
	if out.audit, err = s.audit(ctx, p, out.lock); err != nil {
		return err
	}
	return errors.Join(s.app.summarize(s, out), s.auditCode(out.audit))
}

// forceFixes asks, under --force, for the versions outside of the ranges of
// package.json that mend something.
func (s *session) forceFixes(ctx context.Context, p *project, report *audit.Report, want *plan) error {
	if !s.cfg.Bool("force") {
		return nil
	}
	for _, v := range report.Vulnerabilities {
		for _, top := range v.Tops() {
			m, err := p.importerAt(top)
			switch {
			case err != nil:
				return err
			case m == nil:
				s.app.warn("audit: %s depends on %s and is linked to; fix it there", top.Location, v.Name)
			case v.Fix.Version == "":
				s.app.warn("audit: no fix available for %s@%s", v.Name, v.Range())
			default:
				change := "outside of the range that package.json states"
				if v.Fix.Major {
					change = "a change of the major version"
				}
				s.app.warn("audit: updating %s to %s, which is %s", v.Fix.Name, v.Fix.Version, change)
				added, err := s.addOne(ctx, p, m, addOptions{}, v.Fix.Name+"@"+v.Fix.Version)
				if err != nil {
					return fmt.Errorf("audit fix: %w", err)
				}
				want.added, want.edited = append(want.added, added), true
			}
		}
	}
	return nil
}

// importerAt is the project or a workspace as one of those whose package.json is
// edited; nil for a folder that is neither.
func (p *project) importerAt(n *tree.Node) (*importer, error) {
	for _, m := range p.importers {
		if m.location == n.Location {
			return m, nil
		}
	}
	at := slices.IndexFunc(p.workspaces, func(w manifest.Workspace) bool { return w.Location == n.Location })
	if at < 0 && !n.IsRoot() {
		return nil, nil
	}
	file, err := p.fileAt(n.Location)
	if err != nil {
		return nil, err
	}
	m := &importer{file: file, location: n.Location, at: at}
	p.importers = append(p.importers, m)
	return m, nil
}

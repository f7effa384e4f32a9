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
	"github.com/ipnpm/ipnpm/registry"
)

func newApproveCmd(a *app) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:     "approve-scripts [PKG...]",
		GroupID: "project",
		Short:   "Let the install scripts of dependencies run",
		Long: `Approve-scripts writes the packages into allowScripts of package.json, each
version with the CID of the content that is installed, so that other bytes
under the same name and version do not inherit the approval, and then runs
their scripts. With -g it is about global packages, which npm has no such list of.
--json has npm's "allowScripts" and the summary of that install.`,
		Example: `  ipnpm approve-scripts esbuild
  ipnpm approve-scripts --all`,
		RunE: func(c *cobra.Command, args []string) error { return runApprove(c.Context(), a, args, all) },
	}
	c.Flags().BoolVar(&all, "all", false, "approve every package that has install scripts")
	a.bindConfig(c.Flags(), placeKeys()...)
	return c
}

func runApprove(ctx context.Context, a *app, names []string, all bool) error {
	p, found, err := a.withScripts("approve-scripts", names, all)
	if err != nil {
		return err
	}
	var approved []string
	var changes policyChanges
	for _, location := range slices.Sorted(maps.Keys(p.lock.Packages)) {
		pkg := p.lock.Packages[location]
		if name := packageName(location, pkg); pkg.HasInstallScript && found[name] {
			approved = append(approved, printableLine(name+"@"+pkg.Version))
			if err := changes.set(p.file, name, name+"@"+pkg.Version, pkg.CID); err != nil {
				return err
			}
		}
	}
	slices.Sort(approved)
	approved = slices.Compact(approved)
	err = a.withSession(p, func(s *session) error {
		return s.installAndTell(ctx, p, plan{edited: true})
	})
	switch {
	case err == nil && a.json:
		a.amend("allowScripts", changes)
	case err == nil && a.says("notice"):
		fmt.Fprintln(a.Out, a.fitOut("approved "+strings.Join(approved, " ")))
	}
	return err
}

// withScripts opens the project in whose lockfile all that names name have
// install scripts, and returns them, or all.
func (a *app) withScripts(command string, names []string, all bool) (p *project, found map[string]bool, err error) {
	if len(names) == 0 && !all {
		return nil, nil, &hintError{err: errors.New(command + " needs the names of packages"), hint: "`ipnpm install` lists those that were blocked; --all takes them all", code: "EUSAGE"}
	}
	open := func() (*project, error) { return a.openProject(false) }
	if a.isGlobal() {
		open = a.openGlobal
	}
	if p, err = open(); err != nil {
		return nil, nil, err
	}
	if p.lock == nil || p.seeded {
		return nil, nil, &hintError{err: errors.New("nothing is installed here yet"), hint: "run `ipnpm install` first"}
	}
	found = approvable(p.lock, names, all)
	for _, name := range names {
		if !found[name] {
			return nil, nil, &hintError{
				err:  fmt.Errorf("no package %q with install scripts is in %s", name, lockfile.FileName),
				hint: firstNonEmpty(nearApprovable(p.lock, name), "`ipnpm install` lists those that were blocked"), code: "ENOMATCH",
			}
		}
	}
	return p, found, nil
}

// nearApprovable asks whether a name with install scripts was meant.
func nearApprovable(lock *lockfile.Lockfile, name string) string {
	near := registry.Near(name, slices.Collect(maps.Keys(approvable(lock, nil, true))))
	if len(near) == 0 {
		return ""
	}
	return didYouMean(near)
}

// approvable are the names with install scripts in the lock that were asked
// for.
func approvable(lock *lockfile.Lockfile, names []string, all bool) map[string]bool {
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	found := map[string]bool{}
	for location, pkg := range lock.Packages {
		name := packageName(location, pkg)
		if location != "" && pkg.HasInstallScript && (all || wanted[name]) {
			found[name] = true
		}
	}
	return found
}

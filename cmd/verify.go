package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/lockfile"
)

func newVerifyCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "verify",
		GroupID: "project",
		Short:   "Compare node_modules, byte by byte, with the lockfile",
		Long: `Verify goes through node_modules and compares it with ipnpm-lock.json: every file
of every package with the tarball of that CID, every link, every command, and
what is there beside. It believes no record of an install. It changes nothing.

The tarballs are taken from this machine's store, where each block is hashed
against its CID, and fetched only where the store lacks them; with --offline they
are not. Give the flags that you installed with (--omit, --install-strategy,
--os …), for they decide what belongs there.

What install scripts made, no lockfile says: where scripts are approved,
differences inside these packages are listed as built, and are no failure.
Optional packages that are not there are listed as absent. Names in node_modules
that begin with a dot, but .bin, are other tools'.

Exit code 1 when anything is changed, missing or extra. npm has no such command;
its ` + "`audit signatures`" + ` looks at the registry, not at the disk.`,
		Example: `  ipnpm verify
  ipnpm verify --offline --json
  ipnpm verify --omit=dev`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runVerify(c.Context(), a) },
	}
	a.bindConfig(c.Flags(), "omit", "include", "force", "install-strategy", "ignore-scripts", "allow-scripts",
		"bin-links", "os", "cpu", "libc", "progress")
	return c
}

func runVerify(ctx context.Context, a *app) error {
	p, err := a.openTree(false)
	if err != nil {
		return err
	}
	if p.lock == nil || p.seeded {
		return &hintError{
			err:  fmt.Errorf("there is no %s in %s to compare with", lockfile.FileName, p.dir),
			hint: "run `ipnpm install` once to make it, and commit it",
			code: "EUSAGE",
		}
	}
	return a.withSession(p, func(s *session) error {
		s.bar = a.newProgressFor(s)
		found, err := install.Verify(ctx, s.installOptions(ctx, p, plan{}, p.lock))
		s.bar.Close()
		if err != nil {
			return err
		}
		return a.tellDifferences(found)
	})
}

// difference is the --json form of what is not as the lockfile has it.
type difference struct {
	Location string `json:"location"`
	Name     string `json:"name,omitempty"`
	Version  string `json:"version,omitempty"`
	Path     string `json:"path,omitempty"`
	Problem  string `json:"problem"`
	Detail   string `json:"detail,omitempty"`
}

// verifiedTree is the --json form of all of it.
type verifiedTree struct {
	Packages    int          `json:"packages"`
	Files       int          `json:"files"`
	Differences []difference `json:"differences"`
	Built       []difference `json:"built"`
	Absent      []string     `json:"absent"`
}

func (a *app) tellDifferences(v *install.Verification) error {
	n := len(v.Differences)
	if a.json {
		err := a.printJSON(verifiedTree{
			v.Packages, v.Files, differencesJSON(v.Differences), differencesJSON(v.Built), append([]string{}, v.Absent...),
		})
		if n > 0 && err == nil {
			err = &silentError{1}
		}
		return err
	}
	a.listDifferences(v)
	if n == 0 {
		return nil
	}
	return &hintError{
		err:  fmt.Errorf("%d %s between node_modules and %s", n, plural(n, "difference"), lockfile.FileName),
		hint: "`ipnpm ci` puts node_modules right; `ipnpm cache verify` finds what was changed in the store as well",
		code: "EINTEGRITY",
	}
}

func differencesJSON(all []install.Difference) []difference {
	out := make([]difference, 0, len(all))
	for _, d := range all {
		out = append(out, difference{d.Location, d.Name, d.Version, d.Path, string(d.Problem), d.Detail})
	}
	return out
}

func (a *app) listDifferences(v *install.Verification) {
	for _, d := range v.Differences {
		a.listDifference(a.paintOut(red, string(d.Problem)), d)
	}
	for _, d := range v.Built {
		a.listDifference(a.paintOut(dim, "built"), d)
	}
	for _, loc := range v.Absent {
		fmt.Fprintf(a.Out, "%s %s\n", a.paintOut(dim, "absent"), printable(loc))
	}
	if len(v.Differences) == 0 {
		fmt.Fprintf(a.Out, "%d %s, %d %s: as %s says\n", v.Packages, plural(v.Packages, "package"),
			v.Files, plural(v.Files, "file"), lockfile.FileName)
	}
}

func (a *app) listDifference(word string, d install.Difference) {
	line := d.Location
	if d.Path != "" {
		line += "/" + d.Path
	}
	if d.Name != "" {
		line += " (" + d.Name + "@" + d.Version + ")"
	}
	if d.Detail != "" {
		line += ": " + d.Detail
	}
	fmt.Fprintf(a.Out, "%s %s\n", word, printable(line))
}

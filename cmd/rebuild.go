package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

func newRebuildCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "rebuild [PKG[@RANGE]...]",
		Aliases: []string{"rb"},
		GroupID: "project",
		Short:   "Run the install scripts of what is installed again",
		Long: `Rebuild links the commands in node_modules/.bin again, and runs again the
approved install scripts of all packages, or of those that are named, for example
after a change of Node. What nobody approved stays blocked, and is listed.

Unlike npm it goes by ipnpm-lock.json, and so first puts right what is missing in
node_modules. In the linked layout built packages are shared by all projects that
approved them and have them with the same Node; they are built anew aside, and take
the place of the old ones when all their scripts have succeeded.

--json prints the summary of an install, where npm prints a sentence.`,
		Example: `  ipnpm rebuild
  ipnpm rebuild better-sqlite3`,
		RunE: func(c *cobra.Command, args []string) error { return runRebuild(c.Context(), a, args) },
	}
	a.bindConfig(c.Flags(), "bin-links", "force", "foreground-scripts", "ignore-scripts", "allow-scripts", "dangerously-allow-all-scripts", "install-strategy")
	return c
}

func runRebuild(ctx context.Context, a *app, args []string) error {
	chosen, err := choosePackages(args)
	if err != nil {
		return err
	}
	p, err := a.openProject(false)
	if err != nil {
		return err
	}
	return a.withEngines(p, func(s *session) error {
		return s.installAndTell(ctx, p, plan{frozen: true, rebuild: chosen})
	})
}

// choosePackages tells which packages are meant by names, with a range perhaps;
// without any all are.
func choosePackages(args []string) (func(name, version string) bool, error) {
	ranges := map[string][]*npmrange.Range{}
	for _, arg := range args {
		spec, err := manifest.ParseArg(arg)
		if err != nil {
			return nil, err
		}
		if spec.Kind != manifest.KindRange && spec.Kind != manifest.KindVersion {
			return nil, &hintError{err: fmt.Errorf("%s is neither a name nor a name with a range", arg), hint: "for example: ipnpm rebuild sharp@^0.34"}
		}
		r, err := spec.Range()
		if err != nil {
			return nil, err
		}
		ranges[spec.Name] = append(ranges[spec.Name], r)
	}
	return func(name, version string) bool {
		for _, r := range ranges[name] {
			if r.IsAny() || r.TestString(version) {
				return true
			}
		}
		return len(ranges) == 0
	}, nil
}

package cmd

import (
	"context"

	"github.com/spf13/cobra"
)

func newPruneCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "prune [PKG...]",
		GroupID: "project",
		Short:   "Remove from node_modules what nothing asks for",
		Long: `Prune removes the packages that no package.json asks for any more, and with
--omit=dev those that only development needs. Names may be given as for npm 12,
which looks at all packages whatever is named.`,
		Example: `  ipnpm prune
  ipnpm prune --omit=dev
  ipnpm prune --dry-run --json`,
		RunE: func(c *cobra.Command, _ []string) error { return runPrune(c.Context(), a) },
	}
	a.bindTree(c.Flags())
	a.bindConfig(c.Flags(), "save", "dry-run")
	return c
}

// runPrune is an install without the project's own scripts: what the tree does
// not have goes at every install.
func runPrune(ctx context.Context, a *app) error {
	p, err := a.openFiltered(ctx, false)
	if err != nil {
		return err
	}
	return a.withEngines(p, func(s *session) error {
		return s.installAndTell(ctx, p, plan{unsaved: !s.cfg.Bool("save")})
	})
}

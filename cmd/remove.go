package cmd

import (
	"context"

	"github.com/spf13/cobra"
)

func newRemoveCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "remove [PKG...]",
		Aliases: []string{"rm", "uninstall", "un", "unlink", "r"},
		GroupID: "project",
		Short:   "Remove packages from package.json and node_modules",
		Example: `  ipnpm remove lodash
  ipnpm rm jest ts-jest
  ipnpm rm -g typescript`,
		RunE: func(c *cobra.Command, args []string) error {
			if a.isGlobal() {
				return runGlobalRemove(c.Context(), a, args)
			}
			if err := cobra.MinimumNArgs(1)(c, args); err != nil {
				return misused(c, args, err)
			}
			return runRemove(c.Context(), a, args)
		},
	}
	a.bindTree(c.Flags())
	a.bindConfig(c.Flags(), "save", "dry-run")
	a.bindConfig(c.Flags(), placeKeys()...)
	return c
}

func runRemove(ctx context.Context, a *app, names []string) error {
	p, err := a.openFiltered(ctx, false)
	if err != nil {
		return err
	}
	for _, name := range names {
		found := false
		for _, m := range p.importers {
			found = len(m.file.Remove(name)) > 0 || found
		}
		if !found {
			a.warn("%s is not among the dependencies in package.json%s", name, p.orNear(name))
		}
	}
	if err := p.fill(); err != nil {
		return err
	}
	return a.withEngines(p, func(s *session) error {
		return s.installAndTell(ctx, p, plan{edited: true, removed: names, unsaved: !s.cfg.Bool("save")})
	})
}

package cmd

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/lockfile"
)

func newDedupeCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "dedupe",
		Aliases: []string{"ddp"},
		GroupID: "project",
		Short:   "Make fewer copies of packages do, where the ranges allow it",
		Long: `Dedupe picks anew every package that is in the tree more than once, and prefers
a version that is there to a newer one. package.json is left alone.`,
		Example: `  ipnpm dedupe
  ipnpm find-dupes`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runDedupe(c.Context(), a) },
	}
	a.bindTree(c.Flags())
	a.bindConfig(c.Flags(), "dry-run")
	return c
}

func newFindDupesCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "find-dupes",
		GroupID: "project",
		Short:   "Say what dedupe would change: dedupe --dry-run",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			a.flags["dry-run"] = []string{"true"}
			return runDedupe(c.Context(), a)
		},
	}
	a.bindTree(c.Flags())
	return c
}

func runDedupe(ctx context.Context, a *app) error {
	p, err := a.openFiltered(ctx, false)
	if err != nil {
		return err
	}
	return a.withEngines(p, func(s *session) error {
		return s.installAndTell(ctx, p, plan{dedupe: true, update: duplicates(p.lock)})
	})
}

// duplicates are the names that a lockfile has in more than one place.
func duplicates(lock *lockfile.Lockfile) []string {
	if lock == nil {
		return nil
	}
	places := make(map[string]int)
	for location := range lock.Packages {
		if _, name, found := cutLast(location, "node_modules/"); found {
			places[name]++
		}
	}
	var names []string
	for name, n := range places {
		if n > 1 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// cutLast is strings.Cut at the last occurrence.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

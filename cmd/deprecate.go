package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/publish"
)

func newDeprecateCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "deprecate NAME[@RANGE] MESSAGE",
		GroupID: "registry",
		Short:   "Say of versions in a registry of one's own that they should not be used",
		Long: `Deprecate writes a message to the versions in a range, all of them without one,
which is shown to whoever installs them; and they are picked only where nothing
else fits. An empty message takes it back.`,
		Example: `  ipnpm deprecate 'a@<1.2' 'has a bug; use 1.2'
  ipnpm deprecate a@1.1.0 ''`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error { return runDeprecate(c.Context(), a, args[0], args[1]) },
	}
	a.bindConfig(c.Flags(), "dry-run", "otp", "registry-name")
	return c
}

func runDeprecate(ctx context.Context, a *app, arg, message string) error {
	spec, err := packageArg(arg)
	if err != nil {
		return err
	}
	return a.withSessionAt(findRoot(a.Dir), func(s *session) error {
		var found []string
		err := s.changeOne(ctx, spec.Name, publishConfig{}, func(doc *registry.Packument) error {
			found, err = publish.Deprecate(doc, spec.Fetch, message)
			return err
		})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			a.warn("no version of %s is in the range %s", spec.Name, spec.Fetch)
		}
		return a.tellDeprecated(spec.Name, message, found)
	})
}

func (a *app) tellDeprecated(name, message string, versions []string) error {
	if a.json {
		return a.printJSON(map[string]any{"name": name, "versions": append([]string{}, versions...), "deprecated": message})
	}
	for _, v := range versions {
		switch {
		case !a.says("notice"):
		case message == "":
			fmt.Fprintf(a.Err, "undeprecated %s@%s\n", name, printableLine(v))
		default:
			fmt.Fprintf(a.Err, "deprecated %s@%s: %s\n", name, printableLine(v), printableLine(message))
		}
	}
	return nil
}

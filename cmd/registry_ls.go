package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func newRegistryLsCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "ls",
		Aliases: []string{"list"},
		Short:   "List the registries made here and those that .npmrc names",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return runRegistryLs(c.Context(), a) },
	}
}

func runRegistryLs(ctx context.Context, a *app) error {
	s, err := a.openSession(findRoot(a.Dir))
	if err != nil {
		return err
	}
	defer s.Close()
	local, err := s.catalog().list()
	if err != nil {
		return err
	}
	for _, r := range local {
		s.warnOfExpiry(ctx, r)
	}
	configured := map[string]string{}
	for _, key := range s.registryKeys() {
		configured[key] = s.addressOf(key)
	}
	if a.json {
		return a.printJSON(map[string]any{"local": local, "configured": configured})
	}
	for _, r := range local {
		root := firstNonEmpty(r.Root, "(empty)")
		fmt.Fprintf(a.Out, "%s  ipns://%s  #%d  %s\n", r.Name, r.IPNS, r.Sequence, root)
	}
	for _, key := range s.registryKeys() {
		fmt.Fprintf(a.Out, "%s → %s\n", key, configured[key])
	}
	return nil
}

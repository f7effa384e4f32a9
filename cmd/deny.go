package cmd

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

func newDenyCmd(a *app) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:     "deny-scripts [PKG...]",
		GroupID: "project",
		Short:   "Keep the install scripts of dependencies from running, for good",
		Long: `Deny-scripts writes the packages into allowScripts of package.json as denied, in
all versions, in the place of approvals that were there. No approval counts for
them while the entry stands. --all denies all that have install scripts and are
neither approved nor denied.`,
		Example: `  ipnpm deny-scripts core-js
  ipnpm deny-scripts --all`,
		RunE: func(_ *cobra.Command, args []string) error { return runDeny(a, args, all) },
	}
	c.Flags().BoolVar(&all, "all", false, "deny every package with install scripts that nobody approved")
	a.bindConfig(c.Flags(), placeKeys()...)
	return c
}

func runDeny(a *app, names []string, all bool) error {
	p, found, err := a.withScripts("deny-scripts", names, all)
	if err != nil {
		return err
	}
	changes := policyChanges{}
	for _, key := range p.file.Keys("allowScripts") {
		name := approvalName(key)
		if all && found[name] && !slices.Contains(names, name) {
			delete(found, name) // somebody has decided
		}
		if found[name] && key != name {
			changes.remove(p.file, name, key)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if err := changes.set(p.file, name, name, false); err != nil {
			return err
		}
		if a.says("notice") && !a.json {
			fmt.Fprintf(a.Out, "denied %s\n", printableLine(name))
		}
	}
	if a.json {
		return errors.Join(p.file.Save(), a.printJSON(map[string]any{"allowScripts": changes}))
	}
	return p.file.Save()
}

// approvalName is the name in a key of allowScripts, without versions.
func approvalName(key string) string {
	if at := strings.LastIndex(key, "@"); at > 0 {
		return key[:at]
	}
	return key
}

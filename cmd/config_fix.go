package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/config"
)

func newConfigFixCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "fix", Short: "Bind old credentials in the .npmrc files to the registry", Args: cobra.NoArgs,
		Long: `Fix binds credentials that an .npmrc has for no registry in particular, such as
_authToken or _auth, to the configured one: they are read as //registry.example/:_authToken
alone. As with npm those of no use are removed (half of a pair, or when the registry
has one already), and with nothing to do nothing is printed. All files are mended,
or that of --location or -g. Unlike npm's it does not let the registry that a project
names have what is in the user's file. A registry on IPFS has no credentials.`,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.loadConfig(a.configRoot())
			if err != nil {
				return err
			}
			done, err := cfg.Fix(fixedLayers(cfg)...)
			for _, r := range done {
				if r.To == "" {
					fmt.Fprintf(a.Out, "- %s is removed from the %s config\n", r.Key, r.Layer)
				} else {
					fmt.Fprintf(a.Out, "~ %s is now %s in the %s config\n", r.Key, r.To, r.Layer)
				}
			}
			if errors.Is(err, config.ErrNoHost) {
				return &hintError{err: err, hint: "say which registry they are for: --registry=https://registry.example/"}
			}
			return err
		},
	}
	a.bindConfig(c.Flags(), "location", "global")
	return c
}

// fixedLayers are those whose files are mended, in npm's order.
func fixedLayers(cfg *config.Config) []config.Layer {
	all := []config.Layer{config.Global, config.User, config.Project}
	if cfg.Bool("global") {
		return all[:1]
	}
	if !cfg.IsSet("location") {
		return all
	}
	for i, layer := range all {
		if layer.String() == cfg.String("location") {
			return all[i : i+1]
		}
	}
	return nil // the key is an enumeration of these
}

package cmd

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/config"
)

func newConfigCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "config",
		Aliases: []string{"c"},
		GroupID: "system",
		Short:   "Read and change .npmrc",
		Long: `Config shows and changes npm's configuration, which is also ipnpm's: the
project's .npmrc, the user's ~/.npmrc, the global one, npm_config_* and flags.
--json is for list, as with npm, and for get.`,
		Example: `  ipnpm config get registry
  ipnpm config set registry=ipns://k51qzi5uqu5d... --location=project
  ipnpm config list`,
	}
	c.AddCommand(newConfigGetCmd(a), newConfigSetCmd(a), newConfigDeleteCmd(a), newConfigListCmd(a), newConfigEditCmd(a), newConfigFixCmd(a))
	return grouped(c)
}

// newGetCmd and newSetCmd are npm's short names.
func newGetCmd(a *app) *cobra.Command {
	c := newConfigGetCmd(a)
	c.GroupID, c.Long = "system", "Get is `ipnpm config get`."
	return c
}

func newSetCmd(a *app) *cobra.Command {
	c := newConfigSetCmd(a)
	c.GroupID, c.Long = "system", "Set is `ipnpm config set`."
	return c
}

func newConfigDeleteCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "delete KEY...", Aliases: []string{"del", "rm"}, Short: "Remove keys from an .npmrc (the user's, or that of -g or --location)", Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, keys []string) error {
			_, file, err := a.rcFile()
			if err != nil {
				return err
			}
			for _, key := range keys {
				if err := config.Delete(file, key); err != nil {
					return err
				}
			}
			return nil
		},
	}
	a.bindConfig(c.Flags(), "location", "global")
	return c
}

// configRoot is the folder whose .npmrc counts here: of a workspace, as for an
// install, that of the project which it is one of.
func (a *app) configRoot() string {
	root, _ := findWorkspaceRoot(findRoot(a.Dir))
	return root
}

func newConfigGetCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "get [KEY...]", Short: "Print the value of keys, without any of all that are set",
		RunE: func(_ *cobra.Command, keys []string) error {
			if len(keys) == 0 {
				return a.listConfig()
			}
			cfg, err := a.loadConfig(a.configRoot())
			if err != nil {
				return err
			}
			values := map[string]any{}
			for _, key := range keys {
				if strings.Contains(key, ":_") || strings.HasPrefix(key, "_") {
					return &hintError{err: fmt.Errorf("%s is protected", key), hint: "look into the .npmrc itself"}
				}
				text, known := shown(cfg, key)
				if known {
					values[key] = cfg.Typed(key)
				}
				if !a.json && len(keys) == 1 {
					_, err = fmt.Fprintln(a.Out, text)
				} else if !a.json {
					_, err = fmt.Fprintf(a.Out, "%s=%s\n", key, text)
				}
			}
			if a.json {
				return a.printJSON(values)
			}
			return err
		},
	}
}

func newConfigSetCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "set KEY=VALUE...", Short: "Write keys to an .npmrc (the user's, or that of -g or --location)", Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			_, file, err := a.rcFile()
			if err != nil {
				return err
			}
			if len(args) == 2 && !strings.Contains(args[0], "=") {
				args = []string{args[0] + "=" + args[1]}
			}
			for _, arg := range args {
				key, value, ok := strings.Cut(arg, "=")
				if !ok {
					return &hintError{err: fmt.Errorf("%q is not KEY=VALUE", arg), hint: "for example: ipnpm config set registry=https://registry.example/"}
				}
				values := []string{value}
				if value == "" {
					values = nil // which takes the key out, as npm does
				}
				if err := config.Set(file, key, values...); err != nil {
					return err
				}
			}
			return nil
		},
	}
	a.bindConfig(c.Flags(), "location", "global")
	return c
}

// rcFile is the file that --location names, or -g, and the configuration that says
// where that is.
func (a *app) rcFile() (cfg *config.Config, file string, err error) {
	if cfg, err = a.loadConfig(a.configRoot()); err != nil {
		return nil, "", err
	}
	where := cfg.String("location")
	if cfg.Bool("global") {
		where = "global"
	}
	switch where {
	case "project":
		return cfg, filepath.Join(findRoot(a.Dir), ".npmrc"), nil
	case "global":
		if file = cfg.File(config.Global); file != "" {
			return cfg, file, nil
		}
		return nil, "", &hintError{err: errors.New("no global npmrc is configured"), hint: "name the file with globalconfig, or with prefix the folder that has it as etc/npmrc: `ipnpm config set globalconfig=FILE`"}
	}
	return cfg, cfg.File(config.User), nil
}

func newConfigListCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "Print all keys that are set, and where", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.listConfig() },
	}
}

func (a *app) listConfig() error {
	cfg, err := a.loadConfig(a.configRoot())
	if err != nil {
		return err
	}
	list := cfg.List()
	if a.json {
		values := map[string]any{}
		for _, s := range list {
			values[s.Key] = cfg.Typed(s.Key)
		}
		return a.printJSON(values)
	}
	for _, s := range list {
		if s.Source.Layer == config.Default {
			continue
		}
		fmt.Fprintf(a.Out, "%s = %s ; %s\n", s.Key, s.Value, s.Source)
	}
	return nil
}

// shown is the value of a key as list prints it: secrets are redacted there. What
// is neither set nor a key that there is, is npm's undefined.
func shown(cfg *config.Config, key string) (text string, known bool) {
	if _, ok := config.Lookup(key); !ok && !cfg.IsSet(key) {
		return "undefined", false
	}
	return cfg.Text(key), true
}

package cmd

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersionCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		GroupID: "system",
		Short:   "Print the version of ipnpm and of what it is made from",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			info := map[string]string{"ipnpm": a.version(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH}
			if a.json {
				return a.printJSON(info)
			}
			_, err := fmt.Fprintf(a.Out, "ipnpm %s (%s, %s)\n", info["ipnpm"], info["go"], info["platform"])
			return err
		},
	}
}

// version is the release's, or what the Go toolchain recorded of the module.
func (a *app) version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "0.0.0-devel"
}

// printJSON writes a value to Out, indented as npm's --json is.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.Out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

package cmd

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
)

// newFolderCmds are prefix and root, for scripts that look for the project.
func newFolderCmds(a *app) []*cobra.Command {
	return []*cobra.Command{
		{
			Use: "prefix", GroupID: "project", Args: cobra.NoArgs,
			Short: "Print the folder of the project",
			Long: `Prefix prints the folder of the project at hand: the nearest one above with a
package.json or node_modules, and in a workspace that of the project around. There
are no global packages, and so no --global.`,
			RunE: func(*cobra.Command, []string) error { return a.printFolder() },
		},
		{
			Use: "root", GroupID: "project", Args: cobra.NoArgs,
			Short: "Print the folder that packages are installed into",
			Long:  "Root prints the project's node_modules, whether that is there or not; see `ipnpm prefix`.",
			RunE:  func(*cobra.Command, []string) error { return a.printFolder("node_modules") },
		},
	}
}

func (a *app) printFolder(below ...string) error {
	dir, _ := findWorkspaceRoot(findRoot(a.Dir))
	_, err := fmt.Fprintln(a.Out, filepath.Join(append([]string{dir}, below...)...))
	return err
}

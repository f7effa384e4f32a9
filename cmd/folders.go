package cmd

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
)

// newFolderCmds are prefix and root, for scripts that look for the project.
func newFolderCmds(a *app) []*cobra.Command {
	prefix := &cobra.Command{
		Use: "prefix", GroupID: "project", Args: cobra.NoArgs,
		Short: "Print the folder of the project, or the one around global packages",
		Long: `Prefix prints the folder of the project at hand: the nearest one above with a
package.json or node_modules, and in a workspace that of the project around. With -g
it is the prefix of global packages; ` + "`ipnpm install`" + ` says where that is. Unlike
npm's, --json makes it a JSON text.`,
		RunE: func(*cobra.Command, []string) error { return a.printFolder() },
	}
	root := &cobra.Command{
		Use: "root", GroupID: "project", Args: cobra.NoArgs,
		Short: "Print the folder that packages are installed into",
		Long: `Root prints the project's node_modules, whether that is there or not, and with -g
that of global packages, and with --json as a JSON text; see ` + "`ipnpm prefix`.",
		RunE: func(*cobra.Command, []string) error { return a.printFolder("node_modules") },
	}
	for _, c := range [...]*cobra.Command{prefix, root} {
		a.bindConfig(c.Flags(), placeKeys()...)
	}
	return []*cobra.Command{prefix, root}
}

// printFolder prints the project's folder, or one in it; of global packages the
// prefix has the place of the first.
func (a *app) printFolder(below ...string) error {
	dir, _ := findWorkspaceRoot(findRoot(a.Dir))
	if a.isGlobal() {
		_, folder, err := a.globalFolder()
		if err != nil {
			return err
		}
		if dir = folder.Root; len(below) == 0 {
			dir = folder.Prefix
		}
	}
	folder := filepath.Join(append([]string{dir}, below...)...)
	if a.json {
		return a.printJSON(folder)
	}
	_, err := fmt.Fprintln(a.Out, folder)
	return err
}

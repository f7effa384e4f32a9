package cmd

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersionCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "version [VERSION | major | minor | patch | premajor | preminor | prepatch | prerelease | release | from-git]",
		Aliases: []string{"verison"}, //nolint:misspell // npm has it
		GroupID: "project",
		Short:   "Change the version of the package, or print versions",
		Long: `Version changes "version" in package.json and in ipnpm-lock.json, to the version
that is given, the next of a kind, or that of git's last tag. In the folder of a
git repository, which must have no uncommitted changes, it commits that and tags
the commit. The scripts preversion, version and postversion run before the
change, before the commit and after it, with npm_old_version and npm_new_version.
With -w or --workspaces it changes those packages, without git.

Without an argument it prints the project's version and those of ipnpm, Node,
and what ipnpm is made with. "ipnpm --version" prints ipnpm's alone.

Unlike npm it leaves package-lock.json alone, which ` + "`ipnpm export`" + ` makes anew; it
does not install after a change of workspaces, which ` + "`ipnpm install`" + ` does; it
lists no libraries of Node; and --json tells a new version as well, by name.`,
		Example: `  ipnpm version patch
  ipnpm version prerelease --preid=rc
  ipnpm version 2.0.0 -m 'Release %s' --sign-git-tag
  ipnpm version minor --no-git-tag-version -w packages/app`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return runVersions(c.Context(), a)
			}
			return runBump(c.Context(), a, args[0])
		},
	}
	a.bindConfig(c.Flags(), "allow-same-version", "commit-hooks", "git-tag-version", "preid", "message",
		"sign-git-tag", "sign-git-commit", "tag-version-prefix", "force", "ignore-scripts", "script-shell")
	a.bindConfig(c.Flags(), workspaceKeys()...)
	return c
}

// runVersions prints what has which version: the project or the chosen
// workspaces, then ipnpm and what is below it.
func runVersions(ctx context.Context, a *app) error {
	type named struct{ name, version string }
	var list []named
	project := findRoot(a.Dir)
	if p, err := a.openTreeUnlocked(false); err == nil {
		project = p.dir
		for _, m := range p.importers {
			if m.file.Manifest.Name != "" && m.file.Manifest.Version != "" {
				list = append(list, named{m.file.Manifest.Name, m.file.Manifest.Version})
			}
		}
	}
	s, err := a.openSession(project)
	if err != nil {
		return err
	}
	list = append(list, named{"ipnpm", a.version()})
	if node := s.nodeVersion(ctx); node != "" {
		list = append(list, named{"node", node})
	}
	list = append(list, named{"go", runtime.Version()}, named{"platform", runtime.GOOS + "/" + runtime.GOARCH})
	info := map[string]string{}
	for _, v := range list {
		info[v.name] = v.version
		if !a.json {
			fmt.Fprintf(a.Out, "%s %s\n", printableLine(v.name), printableLine(v.version))
		}
	}
	if a.json {
		err = a.printJSON(info)
	}
	return errors.Join(err, s.Close())
}

// version is the release's, or what the Go toolchain recorded of the module.
func (a *app) version() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return develVersion
}

// develVersion is that of a program of which nobody said what it was made of.
const develVersion = "0.0.0-devel"

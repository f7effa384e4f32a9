package cmd

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/internal/atomicfile"
	"github.com/ipnpm/ipnpm/registry/publish"
)

func newPackCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "pack [PKG...]",
		GroupID: "registry",
		Short:   "Make the tarball that publish would publish",
		Long: `Pack makes a package's tarball in the current folder (--pack-destination for
another) and prints its file name. Of a folder it takes what npm would: "files"
of package.json, .npmignore or else .gitignore decide; and it runs the folder's
prepack, prepare and postpack. Whatever else can be installed can be named too:
a package of a registry, a tarball, a URL, a git repository.

Equal files give equal bytes on every machine, and so the CID that --json shows
beside npm's own fields. What scripts print goes to standard error, so that
standard output is the result alone.`,
		Example: `  ipnpm pack
  ipnpm pack --dry-run --json
  ipnpm pack ./packages/a ./packages/b --pack-destination=dist
  ipnpm pack --workspaces`,
		RunE: func(c *cobra.Command, args []string) error { return runPack(c.Context(), a, args) },
	}
	a.bindConfig(c.Flags(), "dry-run", "pack-destination", "ignore-scripts", "script-shell", "foreground-scripts",
		"allow-git", "allow-remote")
	a.bindConfig(c.Flags(), filteredKeys()...)
	return c
}

func runPack(ctx context.Context, a *app, args []string) error {
	project, sources, err := a.packSources(ctx, args)
	if err != nil {
		return err
	}
	return a.withSessionAt(project, func(s *session) error {
		var infos []packInfo
		for _, source := range sources {
			release, err := s.pack(ctx, source, "pack", s.writeTarball)
			if err != nil {
				return fmt.Errorf("pack %s: %w", source, err)
			}
			info, err := newPackInfo(release)
			if err != nil {
				return err
			}
			infos = append(infos, info)
		}
		return a.tellPacked(infos)
	})
}

// writeTarball puts the tarball where --pack-destination says, unless it is a
// dry run.
func (s *session) writeTarball(r *publish.Release) error {
	if s.cfg.Bool("dry-run") {
		return nil
	}
	dir := s.app.absolute(s.cfg.String("pack-destination"))
	return atomicfile.Write(filepath.Join(dir, r.FileName()), r.Data, 0o644)
}

func (a *app) tellPacked(infos []packInfo) error {
	if a.json {
		return a.printJSON(byName(infos))
	}
	for _, info := range infos {
		a.noticePacked(info)
	}
	for _, info := range infos {
		fmt.Fprintln(a.Out, printableLine(info.Filename))
	}
	return nil
}

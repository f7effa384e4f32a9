package cmd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/internal/atomicfile"
)

func newExportCmd(a *app) *cobra.Command {
	output := ""
	c := &cobra.Command{
		Use:     "export",
		GroupID: "project",
		Short:   "Write npm's package-lock.json from ipnpm-lock.json",
		Long: `Export writes package-lock.json, version 3, from which "npm ci" of npm 7 or newer
makes the same tree. It fails when ipnpm-lock.json does not fit package.json, as
npm ci would.

The addresses of tarballs are left out, as npm itself does with
omit-lockfile-registry-resolved: npm finds them at its configured registry. Only
what is wanted by a dist-tag has one, without which npm ci would refuse the file
once the tag has moved. With --no-omit-lockfile-registry-resolved all are written
as the registry that is configured here most probably has them.`,
		Example: `  ipnpm export
  ipnpm export -o - | jq .packages`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runExport(c.Context(), a, output) },
	}
	c.Flags().StringVarP(&output, "output", "o", "", "write to `FILE`, - for standard output (default package-lock.json beside package.json)")
	a.bindConfig(c.Flags(), "omit-lockfile-registry-resolved", "legacy-peer-deps", "install-links")
	return c
}

func runExport(ctx context.Context, a *app, output string) error {
	p, err := a.openTree(false)
	if err != nil {
		return err
	}
	return a.withSession(p, func(s *session) error {
		lock, err := s.frozenLock(ctx, p)
		if err != nil {
			return err
		}
		omit := s.cfg.Bool("omit-lockfile-registry-resolved")
		data, err := lock.EncodeNPM(false, s.addressForNPM(lock, overridingSpecs(p.root.Overrides), omit))
		if err != nil {
			return err
		}
		return s.app.writeExport(p, output, data)
	})
}

func (a *app) writeExport(p *project, output string, data []byte) error {
	if output == "-" {
		_, err := a.Out.Write(data)
		return err
	}
	file := filepath.Join(p.dir, "package-lock.json")
	if output != "" {
		file = output
		if !filepath.IsAbs(file) {
			file = filepath.Join(a.Dir, file)
		}
	}
	if err := atomicfile.Write(file, data, 0o644); err != nil {
		return err
	}
	if output == "" {
		a.warnOfOthers(p)
	}
	if a.json {
		return a.printJSON(map[string]string{"file": file})
	}
	if !a.silent {
		fmt.Fprintf(a.Out, "wrote %s\n", filepath.Base(file))
	}
	return nil
}

// warnOfOthers names the files beside package-lock.json that npm heeds too.
func (a *app) warnOfOthers(p *project) {
	for name, why := range map[string]string{
		"npm-shrinkwrap.json": "npm goes by npm-shrinkwrap.json, which is also there, and not by package-lock.json",
		"yarn.lock":           "npm takes the addresses of tarballs from yarn.lock, which is also there; remove it if it names another registry",
	} {
		if _, err := os.Stat(filepath.Join(p.dir, name)); err == nil {
			a.warn("%s", why)
		}
	}
}

package cmd

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/patch"
)

func newImportCmd(a *app) *cobra.Command {
	var replace bool
	c := &cobra.Command{
		Use:     "import [FILE]",
		GroupID: "project",
		Short:   "Make ipnpm-lock.json from another package manager's lockfile",
		Long: `Import writes ipnpm-lock.json with the versions of the lockfile of npm, pnpm,
Yarn or bun, and installs nothing. Without FILE it is the first that is there of
npm-shrinkwrap.json, package-lock.json, pnpm-lock.yaml, yarn.lock and bun.lock.

It reads package-lock.json of versions 1 to 3, pnpm-lock.yaml of versions 6 to 9,
yarn.lock of Yarn 1 and newer, and bun.lock. Where a version in it does not
answer package.json any more, another is chosen. A digest that is not the
registry's is an error. pnpm's patchedDependencies, of package.json or
pnpm-workspace.yaml, become those of package.json, which bun has as npm 12 does.
What cannot be taken over, such as Yarn's patches, is told.`,
		Example: `  ipnpm import
  ipnpm import yarn.lock
  ipnpm import --force ../old/pnpm-lock.yaml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return runImport(c.Context(), a, replace, args)
		},
	}
	c.Flags().BoolVarP(&replace, "force", "f", false, "replace an ipnpm-lock.json that is there")
	a.bindConfig(c.Flags(), "legacy-peer-deps", "strict-peer-deps", "install-strategy", "install-links", "prefer-dedupe", "progress")
	return c
}

func runImport(ctx context.Context, a *app, replace bool, args []string) error {
	// Before anything reads the configuration, which is done once.
	a.flags["package-lock-only"] = []string{"true"}
	p, err := a.openImport(replace)
	if err != nil {
		return err
	}
	taken := p.takePatches(a)
	if len(args) > 0 {
		err = p.seedNamed(a, args[0])
	} else {
		err = p.findSeed(a)
	}
	if err != nil {
		return err
	}
	if !p.seeded {
		return &hintError{
			err:  fmt.Errorf("there is no lockfile to import in %s", p.dir),
			hint: "it would be one of " + strings.Join(seedFiles()[:5], ", ") + "; without one, run `ipnpm install`",
		}
	}
	return a.withSession(p, func(s *session) error {
		return s.installAndTell(ctx, p, plan{edited: taken})
	})
}

// takePatches has the project's patches be also those that pnpm is told of, and
// says whether that changed package.json.
func (p *project) takePatches(a *app) (taken bool) {
	have := p.file.Patches()
	for _, key := range slices.Sorted(maps.Keys(p.foreign.Patches)) {
		if _, there := have[key]; there {
			continue
		}
		file := p.foreign.Patches[key]
		if err := patch.CheckPath(file); err != nil {
			a.warn("the patch for %s is not taken over: %v", key, err)
			continue
		}
		p.file.SetPatch(key, file)
		taken = true
	}
	return taken
}

// openImport opens the project as if there were no lockfile of ours, and
// refuses when there is one and it is not to be replaced.
func (a *app) openImport(replace bool) (*project, error) {
	p, err := a.openTreeUnlocked(false)
	if err != nil {
		return nil, err
	}
	if p.isLocked() && !replace {
		return nil, &hintError{
			err:  fmt.Errorf("there is already %s in %s", lockfile.FileName, p.dir),
			hint: "`ipnpm import --force` replaces it",
		}
	}
	return p, nil
}

// seedNamed reads the lockfile that the command line names.
func (p *project) seedNamed(a *app, file string) error {
	path := file
	if !filepath.IsAbs(path) {
		path = filepath.Join(a.Dir, path)
	}
	if !slices.Contains(seedFiles(), filepath.Base(path)) {
		return &hintError{
			err:  fmt.Errorf("%s is not the name of a lockfile that can be imported", file),
			hint: "it must be one of " + strings.Join(seedFiles()[:5], ", ") + ", in any folder",
		}
	}
	return p.seed(a, path)
}

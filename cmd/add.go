package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
	"github.com/ipnpm/ipnpm/resolve/pick"
)

// addOptions say where in package.json the new dependencies go.
type addOptions struct {
	prod, dev, optional, peer, exact bool
	noSave                           bool
}

func newAddCmd(a *app) *cobra.Command {
	var o addOptions
	c := &cobra.Command{
		Use:     "add PKG...",
		GroupID: "project",
		Short:   "Add packages to package.json and install them",
		Long: `Add takes what npm takes: a name, name@range, name@tag, an alias
(new-name@npm:name@range), a folder or a tarball file. The version that is
found is saved with save-prefix (^), or exactly with -E.`,
		Example: `  ipnpm add express
  ipnpm add -D typescript@next
  ipnpm add react17@npm:react@^17 ./local-package`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runAdd(c.Context(), a, o, args) },
	}
	f := c.Flags()
	f.BoolVarP(&o.prod, "save-prod", "P", false, "save in dependencies")
	f.BoolVarP(&o.dev, "save-dev", "D", false, "save in devDependencies")
	f.BoolVarP(&o.optional, "save-optional", "O", false, "save in optionalDependencies")
	f.BoolVar(&o.peer, "save-peer", false, "save in peerDependencies")
	f.BoolVarP(&o.exact, "save-exact", "E", false, "save the exact version")
	f.BoolVar(&o.noSave, "no-save", false, "install without changing package.json or the lockfile")
	bindConfig(f, treeKeys()...)
	bindConfig(f, saveKeys()...)
	return c
}

func runAdd(ctx context.Context, a *app, o addOptions, args []string) error {
	p, err := a.openTree(true)
	if err != nil {
		return err
	}
	return a.withSession(p, func(s *session) error {
		names := make([]string, 0, len(args))
		for _, arg := range args {
			name, err := s.addOne(ctx, p, o, arg)
			if err != nil {
				return fmt.Errorf("add %s: %w", arg, err)
			}
			names = append(names, name)
		}
		return s.installAndTell(ctx, p, plan{update: names, saves: !o.noSave, unsaved: o.noSave})
	})
}

// addOne puts one argument into the manifest, in memory.
func (s *session) addOne(ctx context.Context, p *project, o addOptions, arg string) (string, error) {
	spec, err := manifest.ParseArg(arg)
	if err != nil {
		return "", err
	}
	name, saved, err := s.savedSpec(ctx, p, o, spec)
	if err != nil {
		return "", err
	}
	if name == p.edited().Manifest.Name {
		return "", &hintError{
			err:  fmt.Errorf("a package cannot depend on itself (%s)", name),
			hint: "the project has the same name as the package; change \"name\" in package.json",
		}
	}
	err = p.edited().Set(o.group(), name, saved)
	p.afterEdit()
	return name, err
}

func (o addOptions) group() string {
	switch {
	case o.dev:
		return "devDependencies"
	case o.optional:
		return "optionalDependencies"
	case o.peer:
		return "peerDependencies"
	case o.prod:
		return "dependencies"
	}
	return ""
}

// savedSpec finds the name and the text for package.json: what was given when
// it is a range or a path, otherwise a range over the version that is found.
func (s *session) savedSpec(ctx context.Context, p *project, o addOptions, spec manifest.Spec) (name, saved string, err error) {
	target := spec.Target()
	if !spec.Registry() {
		local, err := localPackages{session: s, root: p.dir}.Manifest(ctx, p.location(), spec)
		if err != nil {
			return "", "", err
		}
		return firstNonEmpty(spec.Name, local.Manifest.Name), firstNonEmpty(spec.Save, spec.Raw), nil
	}
	doc, err := s.packument(ctx, target.Name)
	if err != nil {
		return "", "", err
	}
	v, err := pick.Version(doc, target, pick.Options{
		DefaultTag: s.cfg.String("tag"), NodeVersion: s.nodeVersion(ctx),
		Before: s.cfg.Before(s.app.now()), BeforeExclude: s.cfg.Strings("min-release-age-exclude"),
	})
	if err != nil {
		return "", "", err
	}
	if v.Version == "" {
		return "", "", errors.New("the registry's document names no version")
	}
	text := s.savedRange(o, target, v.Version)
	if spec.Kind == manifest.KindAlias {
		text = "npm:" + target.Name + "@" + text
	}
	return spec.Name, text, nil
}

// savedRange is npm's rule: a version, a tag or nothing becomes a range over
// what was found, and so does a range that admits all of that one; a narrower
// range stays as it was given.
func (s *session) savedRange(o addOptions, target manifest.Spec, version string) string {
	prefix := s.cfg.String("save-prefix")
	if o.exact || s.cfg.Bool("save-exact") {
		prefix = ""
	}
	given := strings.TrimSpace(target.Fetch)
	if target.Kind == manifest.KindRange && given != "" && given != "*" && !admitsAll(given, prefix+version) {
		return given
	}
	return prefix + version
}

// admitsAll says that every version of the range inner is one of outer's.
func admitsAll(outer, inner string) bool {
	loose := npmrange.Options{Loose: true}
	wide, err := npmrange.Parse(outer, loose)
	if err != nil {
		return false
	}
	narrow, err := npmrange.Parse(inner, loose)
	return err == nil && npmrange.Subset(narrow, wide)
}

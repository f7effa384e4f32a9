package cmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/pick"
)

// addOptions say where in package.json the new dependencies go.
type addOptions struct {
	prod, dev, optional, peer, exact bool
}

func newAddCmd(a *app) *cobra.Command {
	var o addOptions
	c := &cobra.Command{
		Use:     "add PKG...",
		GroupID: "project",
		Short:   "Add packages to package.json and install them",
		Long: `Add takes what npm takes: a name, name@range, name@tag, an alias
(new-name@npm:name@range), a folder or a tarball file, and where allow-remote
and allow-git permit it the URL of a tarball or a git repository. The version
that is found is saved with save-prefix (^), or exactly with -E.`,
		Example: `  ipnpm add express
  ipnpm add -D typescript@next
  ipnpm add react17@npm:react@^17 ./local-package
  ipnpm add --allow-git=root user/repo#semver:^1`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runAdd(c.Context(), a, o, args) },
	}
	o.bind(c.Flags())
	bindTree(c.Flags())
	return c
}

// bind makes the flags that install has too, for when it is given names.
func (o *addOptions) bind(f *pflag.FlagSet) {
	f.BoolVarP(&o.prod, "save-prod", "P", false, "save in dependencies")
	f.BoolVarP(&o.dev, "save-dev", "D", false, "save in devDependencies")
	f.BoolVarP(&o.optional, "save-optional", "O", false, "save in optionalDependencies")
	f.BoolVar(&o.peer, "save-peer", false, "save in peerDependencies")
	f.BoolVarP(&o.exact, "save-exact", "E", false, "save the exact version")
	bindConfig(f, saveKeys()...)
}

func runAdd(ctx context.Context, a *app, o addOptions, args []string) error {
	p, err := a.openTree(true)
	if err != nil {
		return err
	}
	return a.withSession(p, func(s *session) error {
		want := plan{edited: true, unsaved: !s.cfg.Bool("save")}
		for _, arg := range args {
			added, err := s.addOne(ctx, p, o, arg)
			if err != nil {
				return fmt.Errorf("add %s: %w", arg, err)
			}
			want.update = append(want.update, added.name)
			want.added = append(want.added, added)
		}
		return s.installAndTell(ctx, p, want)
	})
}

// addition is one new dependency. It is resolved as wanted, which is exactly
// the version that was asked for, and saved as another text: who adds a@1.0.0
// gets 1.0.0 and ^1.0.0 in package.json, as from npm.
type addition struct{ name, wanted, saved string }

// addOne puts one argument into the manifest, in memory, as it is wanted.
func (s *session) addOne(ctx context.Context, p *project, o addOptions, arg string) (addition, error) {
	spec, err := manifest.ParseArg(arg)
	if err != nil {
		return addition{}, err
	}
	add, err := s.addition(ctx, p, o, spec)
	if err != nil {
		return add, err
	}
	if add.name == p.edited().Manifest.Name {
		return add, &hintError{
			err:  fmt.Errorf("a package cannot depend on itself (%s)", add.name),
			hint: "the project has the same name as the package; change \"name\" in package.json",
		}
	}
	err = p.edited().Set(o.group(), add.name, add.wanted)
	p.afterEdit()
	return add, err
}

// saveAs gives the additions the text that they are saved with, in the
// manifest and in what the lockfile quotes of it.
func (p *project) saveAs(list []addition, lock *lockfile.Lockfile) error {
	for _, add := range list {
		if err := p.edited().Set("", add.name, add.saved); err != nil {
			return err
		}
		requote(lock.Packages[p.location()], add.name, add.saved)
	}
	p.afterEdit()
	return nil
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

// addition finds the name and the texts: of a path what was given, of a
// package the version that is found and, to be saved, a range over it.
func (s *session) addition(ctx context.Context, p *project, o addOptions, spec manifest.Spec) (addition, error) {
	spec, err := p.asBefore(o, spec)
	if err != nil {
		return addition{}, err
	}
	target := spec.Target()
	if !spec.Registry() {
		if err := s.allow().Check(spec, true); err != nil {
			return addition{}, err
		}
		local, err := localPackages{session: s, root: p.dir}.Manifest(ctx, p.location(), spec)
		if err != nil {
			return addition{}, err
		}
		text := p.relativeSpec(firstNonEmpty(spec.Save, spec.Raw), local.Resolved, spec)
		return addition{firstNonEmpty(spec.Name, local.Manifest.Name), text, text}, nil
	}
	doc, err := s.packument(ctx, target.Name)
	if err != nil {
		return addition{}, err
	}
	v, err := pick.Version(doc, target, pick.Options{
		DefaultTag: s.cfg.String("tag"), NodeVersion: s.nodeVersion(ctx),
		Before: s.cfg.Before(s.app.now()), BeforeExclude: s.cfg.Strings("min-release-age-exclude"),
	})
	if err != nil {
		return addition{}, err
	}
	if v.Version == "" {
		return addition{}, errors.New("the registry's document names no version")
	}
	alias := ""
	if spec.Kind == manifest.KindAlias {
		alias = "npm:" + target.Name + "@"
	}
	return addition{spec.Name, alias + v.Version, alias + s.savedRange(o, target, v.Version)}, nil
}

// asBefore is what package.json asks for already, where a name is added again
// to the same group without saying what of it: then it stays in its range.
func (p *project) asBefore(o addOptions, spec manifest.Spec) (manifest.Spec, error) {
	if spec.Kind != manifest.KindRange || spec.Fetch != "" && spec.Fetch != "*" {
		return spec, nil
	}
	before := p.edited().Spec(o.group(), spec.Name)
	if before == "" {
		return spec, nil
	}
	return manifest.ParseSpec(spec.Name, before)
}

// relativeSpec is the text that a folder or file is saved with: as given, and
// in place of a path from the root or the home folder, which means nothing on
// another machine, the way there from package.json.
func (p *project) relativeSpec(text, resolved string, spec manifest.Spec) string {
	if !filepath.IsAbs(filepath.FromSlash(spec.Fetch)) && !strings.HasPrefix(spec.Fetch, "~/") {
		return text
	}
	from := filepath.FromSlash(p.location())
	rel, err := filepath.Rel(from, filepath.FromSlash(strings.TrimPrefix(resolved, "file:")))
	if err != nil {
		return text
	}
	return "file:" + filepath.ToSlash(rel)
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

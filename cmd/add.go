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
	"github.com/ipnpm/ipnpm/registry"
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
that is found is saved with save-prefix (^), or exactly with -E. With -g it is a
global package; see ` + "`ipnpm install`.",
		Example: `  ipnpm add express
  ipnpm add -D typescript@next
  ipnpm add react17@npm:react@^17 ./local-package
  ipnpm add --allow-git=root user/repo#semver:^1`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if a.isGlobal() {
				return runGlobalAdd(c.Context(), a, args)
			}
			return runAdd(c.Context(), a, o, args)
		},
	}
	o.bind(a, c.Flags())
	a.bindTree(c.Flags())
	a.bindConfig(c.Flags(), placeKeys()...)
	a.bindAt(c.Flags())
	return c
}

// bind makes the flags that install has too, for when it is given names.
func (o *addOptions) bind(a *app, f *pflag.FlagSet) {
	f.BoolVarP(&o.prod, "save-prod", "P", false, "save in dependencies")
	f.BoolVarP(&o.dev, "save-dev", "D", false, "save in devDependencies")
	f.BoolVarP(&o.optional, "save-optional", "O", false, "save in optionalDependencies")
	f.BoolVar(&o.peer, "save-peer", false, "save in peerDependencies")
	f.BoolVarP(&o.exact, "save-exact", "E", false, "save the exact version")
	a.bindConfig(f, append(saveKeys(), "save-bundle")...)
}

func runAdd(ctx context.Context, a *app, o addOptions, args []string) error {
	p, err := a.openFiltered(ctx, true)
	if err != nil {
		return err
	}
	return a.withEngines(p, func(s *session) error {
		want := plan{edited: true, unsaved: !s.cfg.Bool("save")}
		for _, m := range p.importers {
			for _, arg := range args {
				added, err := s.addOne(ctx, p, m, o, arg)
				if err != nil {
					return s.explainUnknown(fmt.Errorf("add %s: %w", arg, err))
				}
				want.added = append(want.added, added)
			}
		}
		return s.installAndTell(ctx, p, want)
	})
}

// addition is one new dependency. It is resolved as wanted, which is exactly
// what was asked for, and saved as another text: who adds a@1.0.0 gets 1.0.0 and
// ^1.0.0 in package.json, as from npm.
type addition struct {
	importer            *importer
	name, wanted, saved string
	// found is the text to save for the version that a registry's package
	// turns out to have; nil where saved holds whatever that is.
	found func(version string) string
	// unknown is why an offline run knows no version: the resolver is asked all
	// the same, which names it together with what else is missing.
	unknown error
}

// addOne puts one argument into an importer's manifest, in memory, as it is
// wanted.
func (s *session) addOne(ctx context.Context, p *project, m *importer, o addOptions, arg string) (addition, error) {
	w, err := p.wish(m, o, s.app.Dir, arg)
	if err != nil {
		return addition{}, err
	}
	add, err := s.addition(ctx, p, o, w)
	if err != nil {
		return add, err
	}
	add.importer = m
	if add.name == m.file.Manifest.Name {
		return add, &hintError{
			err:  fmt.Errorf("a package cannot depend on itself (%s)", add.name),
			hint: "the project has the same name as the package; change \"name\" in package.json",
		}
	}
	if err := m.file.Set(o.group(), add.name, add.wanted); err != nil {
		return add, err
	}
	if s.cfg.Bool("save-bundle") && !o.peer {
		m.file.Bundle(add.name)
	}
	return add, p.fill()
}

// saveAs gives the additions the text that they are saved with, in the
// manifests and in what the lockfile quotes of them.
func (p *project) saveAs(list []addition, lock *lockfile.Lockfile) error {
	for _, add := range list {
		text := add.saved
		if pkg := lock.Packages[lock.Find(add.importer.location, add.name)]; add.found != nil && pkg != nil && pkg.Version != "" {
			text = add.found(pkg.Version)
		}
		if err := add.importer.file.Set("", add.name, text); err != nil {
			return err
		}
	}
	if err := p.fill(); err != nil {
		return err
	}
	for _, add := range list {
		spec := written(p.asked(add.importer), add.name)
		requote(lock.Packages[add.importer.location], add.name, spec)
	}
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
func (s *session) addition(ctx context.Context, p *project, o addOptions, w wish) (addition, error) {
	add := addition{name: w.spec.Name}
	var err error
	switch {
	case w.spec.Kind == manifest.KindWorkspace:
		add.wanted, add.saved = w.spec.Raw, w.spec.Raw
	case !w.spec.Registry():
		add, err = s.localAddition(ctx, p, w)
	case p.hasWorkspace(w.spec):
		version := p.named(w.spec.Name).Version
		add.wanted, add.saved = w.spec.Fetch, s.savedRange(o, w.spec, version)
		if version == "" {
			add.saved = "*"
		}
	default:
		add, err = s.registryAddition(ctx, o, w.spec)
	}
	if w.keep != "" {
		add.saved, add.found = w.keep, nil
	}
	return add, err
}

// localAddition is a folder or a file, saved by its path from package.json.
func (s *session) localAddition(ctx context.Context, p *project, w wish) (addition, error) {
	if err := s.allow().Check(w.spec, true); err != nil {
		return addition{}, err
	}
	local, err := localPackages{session: s, root: p.dir}.Manifest(ctx, w.from, w.spec)
	if err != nil {
		return addition{}, err
	}
	text := relativeSpec(w, local.Resolved)
	return addition{name: firstNonEmpty(w.spec.Name, local.Manifest.Name), wanted: text, saved: text}, nil
}

// relativeSpec is the text that a folder or file is saved with: as given, or
// where that counts from elsewhere, or from the root or the home folder, which
// mean nothing on another machine, the way there from package.json.
func relativeSpec(w wish, resolved string) string {
	text := firstNonEmpty(w.spec.Save, w.spec.Raw)
	local := w.spec.Kind == manifest.KindDirectory || w.spec.Kind == manifest.KindFile
	given := w.from == w.importer.location && !filepath.IsAbs(filepath.FromSlash(w.spec.Fetch)) && !strings.HasPrefix(w.spec.Fetch, "~/")
	if given || !local {
		return text
	}
	rel, err := filepath.Rel(filepath.FromSlash(w.importer.location), filepath.FromSlash(strings.TrimPrefix(resolved, "file:")))
	if err != nil {
		return text
	}
	return "file:" + filepath.ToSlash(rel)
}

// registryAddition is a version from a registry, and a range over it. Who asks
// for a range may get a lower version than the newest in it, where what others
// need leaves no place for that.
func (s *session) registryAddition(ctx context.Context, o addOptions, spec manifest.Spec) (addition, error) {
	add, target := addition{name: spec.Name}, spec.Target()
	v, err := s.newest(ctx, target)
	if err != nil && s.cfg.Bool("offline") && (isUnknown(err) || isPartlyKnown(err)) {
		add.wanted, add.unknown = spec.Raw, err
		return add, nil
	}
	if err != nil {
		return add, err
	}
	if v.Version == "" {
		return add, errors.New("the registry's document names no version")
	}
	alias := ""
	if spec.Kind == manifest.KindAlias {
		alias = "npm:" + target.Name + "@"
	}
	add.found = func(version string) string { return alias + s.savedRange(o, target, version) }
	add.wanted, add.saved = alias+v.Version, add.found(v.Version)
	if target.Kind == manifest.KindRange {
		add.wanted = spec.Raw
	}
	return add, nil
}

// newest is the version that a registry has for what was asked.
func (s *session) newest(ctx context.Context, target manifest.Spec) (*registry.Version, error) {
	doc, err := s.packument(ctx, target.Name)
	if err != nil {
		return nil, err
	}
	return pick.Version(doc, target, pick.Options{
		DefaultTag: s.cfg.String("tag"), NodeVersion: s.nodeVersion(ctx),
		Before: s.cfg.Before(s.app.now()), BeforeExclude: s.cfg.Strings("min-release-age-exclude"),
	})
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

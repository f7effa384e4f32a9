package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/ipnpm/ipnpm/install/globals"
	"github.com/ipnpm/ipnpm/manifest"
)

// runGlobalAdd is install -g; without names it is for the folder at hand.
func runGlobalAdd(ctx context.Context, a *app, args []string) error {
	if len(args) == 0 {
		args = []string{"."}
	}
	p, err := a.openGlobal()
	if err != nil {
		return err
	}
	return a.withSession(p, func(s *session) error { return s.addGlobal(ctx, p, args) })
}

// addGlobal installs packages, each with all that it needs, anew. Others stay.
func (s *session) addGlobal(ctx context.Context, p *project, args []string) error {
	want := plan{edited: true}
	var links []linked
	for _, arg := range args {
		spec, err := manifest.ParseArg(arg)
		switch {
		case err != nil:
		case spec.Kind == manifest.KindDirectory && !s.cfg.Bool("install-links"):
			links, err = s.linkGlobal(ctx, p, spec, links)
		default:
			var add addition
			add, err = s.addOneGlobal(ctx, p, spec, arg)
			want.added = append(want.added, add)
		}
		if err != nil {
			return s.explainUnknown(fmt.Errorf("add %s: %w", arg, err))
		}
	}
	if len(links) > 0 {
		if err := s.app.tellLinks(links); err != nil || len(want.added) == 0 {
			return err
		}
	}
	return s.installAndTell(ctx, p, want)
}

// linkGlobal links to a folder, which stays where it is, and adds that to the list.
func (s *session) linkGlobal(ctx context.Context, p *project, spec manifest.Spec, links []linked) ([]linked, error) {
	if err := s.allow().Check(spec, true); err != nil {
		return nil, err
	}
	made, err := s.link(ctx, p, spec.Name, s.app.pathOf(spec))
	return append(links, made), err
}

func (s *session) addOneGlobal(ctx context.Context, p *project, spec manifest.Spec, arg string) (addition, error) {
	if spec.Kind == manifest.KindDirectory || spec.Kind == manifest.KindFile {
		// A path counts from here, not from where it is installed.
		arg = "file:" + filepath.ToSlash(s.app.pathOf(spec))
		if spec.Name != "" {
			arg = spec.Name + "@" + arg
		}
	}
	if spec.Name != "" {
		p.drop(spec.Name) // a bare name is no wish to stay where it is
	}
	add, err := s.addOne(ctx, p, p.importers[0], addOptions{prod: true}, arg)
	if err == nil && p.lock != nil {
		globals.Forget(p.lock, add.name)
	}
	return add, err
}

// pathOf is where the path of a spec leads from the working folder.
func (a *app) pathOf(spec manifest.Spec) string {
	path := filepath.FromSlash(spec.Fetch)
	if rest, ok := cutHome(path); ok {
		return filepath.Join(a.homeDir(), rest)
	}
	return filepath.Clean(a.absolute(path))
}

// cutHome takes the "~/" off a path.
func cutHome(path string) (rest string, ok bool) {
	if len(path) < 2 || path[0] != '~' || path[1] != '/' && path[1] != filepath.Separator {
		return path, false
	}
	return path[2:], true
}

// runGlobalRemove is uninstall -g; without names it is for the package at hand.
func runGlobalRemove(ctx context.Context, a *app, names []string) error {
	if len(names) == 0 {
		f, err := manifest.Load(filepath.Join(findRoot(a.Dir), "package.json"))
		if errors.Is(err, fs.ErrNotExist) {
			return &hintError{err: errors.New("remove -g needs the names of packages"), hint: "`ipnpm ls -g` lists them", code: "EUSAGE"}
		}
		if err != nil {
			return err
		}
		names = []string{f.Manifest.Name}
	}
	p, err := a.openGlobal()
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, there := p.global.Package(name); !there {
			a.warn("%s is not among the global packages", name)
		}
		p.drop(name)
	}
	if err := p.fill(); err != nil {
		return err
	}
	return a.withSession(p, func(s *session) error {
		return s.installAndTell(ctx, p, plan{edited: true, removed: names})
	})
}

// runGlobalUpdate is update -g: named packages or all are brought, as in npm, to
// what an install of their name would take today. What no registry answers for
// stays, and so do folders that are linked to.
func runGlobalUpdate(ctx context.Context, a *app, names []string) error {
	p, err := a.openGlobal()
	if err != nil {
		return err
	}
	packages, err := p.global.Packages()
	if err != nil {
		return err
	}
	if len(names) > 0 {
		packages = nil
	}
	for _, name := range names {
		pkg, there := p.global.Package(name)
		if !there {
			a.warn("%s is not among the global packages", name)
			continue
		}
		packages = append(packages, pkg)
	}
	return a.withSession(p, func(s *session) error {
		stale, err := s.staleGlobals(ctx, p, packages)
		if err != nil {
			return err
		}
		return s.addGlobal(ctx, p, stale)
	})
}

// staleGlobals are the arguments that bring those of the packages forward that
// are not what a registry has for their names.
func (s *session) staleGlobals(ctx context.Context, p *project, packages []globals.Package) ([]string, error) {
	var args []string
	for _, pkg := range packages {
		arg, ok := p.globalArg(pkg)
		if !ok {
			continue
		}
		spec, err := manifest.ParseArg(arg)
		if err != nil {
			return nil, err
		}
		newest, err := s.newest(ctx, spec.Target())
		if err != nil && isUnavailable(err) {
			s.app.warn("%s stays at %s: %v", pkg.Name, pkg.Version, err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("update %s: %w", pkg.Name, err)
		}
		if newest.Version != pkg.Version {
			args = append(args, arg)
		}
	}
	return args, nil
}

// globalArg asks for the newest of a package; false for one from elsewhere than a
// registry.
func (p *project) globalArg(pkg globals.Package) (string, bool) {
	spec, err := manifest.ParseSpec(pkg.Name, p.file.Spec("", pkg.Name))
	switch {
	case pkg.Link != "", err == nil && spec.Raw != "" && !spec.Registry():
		return "", false
	case err == nil && spec.Kind == manifest.KindAlias:
		return pkg.Name + "@npm:" + spec.Target().Name, true
	}
	return pkg.Name, true
}

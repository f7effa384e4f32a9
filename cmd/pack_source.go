package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/install/lifecycle"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry/publish"
	"github.com/ipnpm/ipnpm/resolve/pick"
	"github.com/ipnpm/ipnpm/tarball/packlist"
)

// packSource is what a package is packed from: a folder, or whatever else a
// spec leads to.
type packSource struct {
	folder string
	spec   manifest.Spec
	// workspace says that the folder was chosen as one of several.
	workspace bool
}

// String names the source as the user would.
func (p packSource) String() string {
	if p.folder != "" {
		return p.folder
	}
	return printableSpec(p.spec)
}

// packSources reads the arguments of pack and publish, and returns also the
// folder whose .npmrc counts. Without arguments, or with ".", it is the package
// at hand, or the workspaces that were chosen.
func (a *app) packSources(ctx context.Context, args []string) (project string, sources []packSource, err error) {
	project = findRoot(a.Dir)
	if len(args) == 0 || slices.Contains(args, ".") {
		p, err := a.openFilteredUnlocked(ctx)
		if err != nil {
			return "", nil, err
		}
		project = p.dir
		for _, m := range p.importers {
			sources = append(sources, packSource{folder: p.folderOf(m.location), workspace: len(p.scope) > 0})
		}
	}
	for _, arg := range args {
		if arg == "." {
			continue
		}
		spec, err := manifest.ParseArg(arg)
		if err != nil {
			return "", nil, err
		}
		source := packSource{spec: spec}
		if spec.Kind == manifest.KindDirectory {
			source.folder = a.onDisk(spec)
		}
		sources = append(sources, source)
	}
	return project, sources, nil
}

// onDisk is the path of a spec, which counts from the working directory.
func (a *app) onDisk(spec manifest.Spec) string {
	if rest, ok := strings.CutPrefix(spec.Fetch, "~/"); ok {
		return filepath.Join(a.Getenv("HOME"), filepath.FromSlash(rest))
	}
	return a.absolute(filepath.FromSlash(spec.Fetch))
}

// withSessionAt runs something with the session of a folder.
func (a *app) withSessionAt(project string, do func(*session) error) (err error) {
	s, err := a.openSession(project)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.accuse(do(s))
}

// pack makes or fetches the tarball of a source. Of a folder it runs the
// scripts around that; done comes between the tarball and postpack.
func (s *session) pack(ctx context.Context, source packSource, command string, done func(*publish.Release) error) (*publish.Release, error) {
	if source.folder != "" {
		return s.packFolder(ctx, source.folder, command, done)
	}
	data, err := s.tarballOf(ctx, source.spec)
	if err != nil {
		return nil, err
	}
	r, err := publish.Read(data)
	if err != nil {
		return nil, err
	}
	return r, done(r)
}

// packFolder runs prepack and prepare, packs, and runs postpack.
func (s *session) packFolder(ctx context.Context, dir, command string, done func(*publish.Release) error) (*publish.Release, error) {
	if err := s.lifecycle(ctx, dir, command, "prepack", "prepare"); err != nil {
		return nil, err
	}
	data, err := packlist.Pack(dir)
	if err != nil {
		return nil, err
	}
	r, err := publish.Read(data)
	if err != nil {
		return nil, err
	}
	if err := done(r); err != nil {
		return nil, err
	}
	return r, s.lifecycle(ctx, dir, command, "postpack")
}

// lifecycle runs those of the scripts that a folder's package.json has. Their
// output is for whoever watches: standard output is the command's own.
func (s *session) lifecycle(ctx context.Context, dir, command string, events ...string) error {
	runner := s.runner(command, s.app.Err)
	for _, event := range events {
		f, err := manifest.Load(filepath.Join(dir, "package.json"))
		if err != nil {
			return err
		}
		text := f.Manifest.Scripts[event]
		if text == "" || s.cfg.Bool("ignore-scripts") {
			continue
		}
		if s.app.says("notice") {
			fmt.Fprintf(s.app.Err, "\n> %s %s\n> %s\n\n", printable(label(f.Manifest)), event, printable(text))
		}
		_, err = runner.Run(ctx, lifecycle.Script{Dir: dir, Event: event, Command: text, PackageJSON: f.Bytes(),
			Foreground: !s.cfg.IsSet("foreground-scripts") || s.cfg.Bool("foreground-scripts")})
		if err != nil {
			return err
		}
	}
	return nil
}

// tarballOf fetches what a spec leads to that is no folder.
func (s *session) tarballOf(ctx context.Context, spec manifest.Spec) ([]byte, error) {
	switch spec.Kind {
	case manifest.KindFile:
		return os.ReadFile(s.app.onDisk(spec))
	case manifest.KindRemote:
		if err := s.mayPack("allow-remote", spec); err != nil {
			return nil, err
		}
		return s.download(ctx, spec)
	case manifest.KindGit:
		if err := s.mayPack("allow-git", spec); err != nil {
			return nil, err
		}
		_, data, err := s.packGit(ctx, spec)
		return data, err
	case manifest.KindRange, manifest.KindVersion, manifest.KindTag, manifest.KindAlias:
		return s.published(ctx, spec.Target())
	}
	return nil, &hintError{err: fmt.Errorf("%s cannot be packed", printableSpec(spec)), hint: "name a folder (./dir), a tarball or a package"}
}

// mayPack holds npm's policy on what comes from elsewhere. Naming it on the
// command line is as asking for it in the project.
func (s *session) mayPack(key string, spec manifest.Spec) error {
	if s.cfg.String(key) != "none" {
		return nil
	}
	return &hintError{err: fmt.Errorf("%s: %s is none", printableSpec(spec), key), hint: "permit it with --" + key + "=root"}
}

// published is the tarball of a package of a registry.
func (s *session) published(ctx context.Context, spec manifest.Spec) ([]byte, error) {
	doc, err := s.packument(ctx, spec.Name)
	if err != nil {
		return nil, err
	}
	v, err := pick.Version(doc, spec, pick.Options{
		DefaultTag: s.cfg.String("tag"), Before: s.cfg.Before(s.app.now()), BeforeExclude: s.cfg.Strings("min-release-age-exclude"),
	})
	if err != nil {
		return nil, err
	}
	r, err := s.registryFor(spec.Name)
	if err != nil {
		return nil, err
	}
	c, err := r.Tarball(ctx, v)
	return c.Data, err
}

package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/install/globals"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

func newLinkCmd(a *app) *cobra.Command {
	var o addOptions
	c := &cobra.Command{
		Use:     "link [PKG...]",
		Aliases: []string{"ln"},
		GroupID: "project",
		Short:   "Link to a package that is being worked on",
		Long: `Link without names puts a link to the package at hand, or with -w to workspaces,
among the global packages, with its commands. With names it puts links to global packages
into the project's node_modules, and installs those that are not there first; a folder is
linked to among the global packages and then in the project. "unlink" is remove, as in npm:
` + "`ipnpm rm -g`" + ` in the package's folder takes its link away.

As with npm 12 package.json and the lockfile stay as they are, and the next install that
has something to do puts back what they say. With --save or one of its kinds the folder
becomes a file: dependency, which a package that was installed globally cannot.

Unlike npm's, link changes nothing else: what the folder itself depends on is its own to
install, and what was hoisted for the package that the link stands for stays. In the
linked layout the link is the project's own; other packages keep what they have.`,
		Example: `  ipnpm link
  ipnpm link my-library
  ipnpm link ../my-library`,
		RunE: func(c *cobra.Command, args []string) error {
			if a.isGlobal() {
				return &hintError{err: errors.New("link is never global: it links global packages into a project"), hint: "leave -g away", code: "ELINKGLOBAL"}
			}
			return runLink(c.Context(), a, o, args)
		},
	}
	o.bind(a, c.Flags())
	a.bindConfig(c.Flags(), workspaceKeys()...)
	a.bindConfig(c.Flags(), "global", "location", "ignore-scripts", "allow-scripts", "allow-directory", "allow-file", "allow-git", "allow-remote", "bin-links", "force")
	return c
}

func runLink(ctx context.Context, a *app, o addOptions, args []string) error {
	p, err := a.openTreeUnlocked(true)
	if err != nil {
		return err
	}
	args = slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return a.absolute(arg) == p.dir })
	global := a.forGlobal()
	if len(args) == 0 {
		for _, m := range p.importers {
			args = append(args, p.folderOf(m.location))
		}
		return runGlobalAdd(ctx, global, args)
	}
	folder, names, err := global.globalise(ctx, args)
	if err != nil {
		return err
	}
	if o.group() != "" || len(a.flags["save"]) > 0 && a.flags["save"][0] == "true" {
		return a.saveLinks(ctx, o, folder, names)
	}
	return a.withSession(p, func(s *session) error {
		var made []linked
		for _, name := range names {
			real, err := filepath.EvalSymlinks(folder.Dir(name)) // npm's leads there too
			if err != nil {
				return err
			}
			link, err := s.link(ctx, p, name, real)
			if err != nil {
				return err
			}
			made = append(made, link)
		}
		return a.tellLinks(made)
	})
}

// forGlobal is the app for what a command does among the global packages. It
// says nothing as JSON: that is for what is done in the project.
func (a *app) forGlobal() *app {
	global := *a
	global.cfg, global.cfgOf = nil, ""
	global.flags = maps.Clone(a.flags)
	for _, key := range append(workspaceKeys(), "save") {
		delete(global.flags, key)
	}
	global.flags["global"], global.flags["install-links"] = []string{"true"}, []string{"false"}
	return &global
}

// globalise sees to it that what the arguments ask for is among the global
// packages, and returns the names that it has there.
func (a *app) globalise(ctx context.Context, args []string) (globals.Folder, []string, error) {
	p, err := a.openGlobal()
	if err != nil {
		return globals.Folder{}, nil, err
	}
	var missing, names []string
	for _, arg := range args {
		spec, err := manifest.ParseArg(arg)
		if err != nil {
			return *p.global, nil, err
		}
		name := spec.Name
		if spec.Kind == manifest.KindDirectory && name == "" {
			f, err := manifest.Load(filepath.Join(a.pathOf(spec), "package.json"))
			if err != nil {
				return *p.global, nil, fmt.Errorf("link %s: %w", arg, err)
			}
			name = f.Manifest.Name
		}
		if manifest.ValidateName(name) != nil {
			return *p.global, nil, &hintError{err: fmt.Errorf("link %s: it is not known what the package is called", arg), hint: "name it: ipnpm link NAME@" + arg, code: "EUSAGE"}
		}
		if names = append(names, name); !p.answers(spec) {
			missing = append(missing, arg)
		}
	}
	if len(missing) > 0 {
		if a.json {
			a.json, a.Out = false, io.Discard
		}
		err = a.withSession(p, func(s *session) error { return s.addGlobal(ctx, p, missing) })
	}
	return *p.global, names, err
}

// answers says that a global package is what a spec asks for.
func (p *project) answers(spec manifest.Spec) bool {
	pkg, there := p.global.Package(spec.Name)
	if !there || spec.Kind != manifest.KindRange && spec.Kind != manifest.KindVersion {
		return false
	}
	versions, err := npmrange.Parse(spec.Fetch, npmrange.Options{Loose: true})
	return err == nil && (versions.IsAny() || versions.TestString(pkg.Version))
}

// saveLinks makes folders that are linked to among the global packages
// dependencies of the project.
func (a *app) saveLinks(ctx context.Context, o addOptions, folder globals.Folder, names []string) error {
	var args []string
	for _, name := range names {
		real, err := filepath.EvalSymlinks(folder.Dir(name))
		if err != nil {
			return err
		}
		if strings.Contains(filepath.ToSlash(real), "/node_modules/") {
			return &hintError{err: fmt.Errorf("%s is installed among the global packages, and no folder that a project could depend on", name),
				hint: "`ipnpm add " + name + "` installs it here; without --save it is linked to", code: "EUSAGE"}
		}
		args = append(args, name+"@file:"+filepath.ToSlash(real))
	}
	return runAdd(ctx, a, o, args)
}

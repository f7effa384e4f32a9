package cmd

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
	"github.com/ipnpm/ipnpm/tarball"
)

func newPatchCmd(a *app) *cobra.Command {
	add := &cobra.Command{
		Use: "add PKG[@VERSION]", Short: "Unpack a package to a folder for editing",
		Example: "  ipnpm patch add lodash@4.17.21",
		Args:    cobra.ExactArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return runPatchAdd(c.Context(), a, args[0]) },
	}
	c := &cobra.Command{
		Use:     "patch PKG[@VERSION]",
		GroupID: "project",
		Short:   "Change files of a dependency, now and at each install",
		Long: `Patch unpacks a package of a registry to a folder, where it can be edited; patch
commit writes what was changed as a diff to patches/NAME@VERSION.patch, and an
entry for it to patchedDependencies of package.json. From then on each install,
hoisted or linked, applies it. patch NAME is short for patch add NAME.

An entry is for a version, a range, or without one for all versions; the most
exact counts. Patches are the project's alone: workspaces have none, and nothing
but packages of registries can be patched. What a patch makes of package.json
decides nothing, so commit leaves that out. The tarball is verified as ever before
the patch is applied to it; other projects never get the patched files. verify
takes the patch into account, and ipnpm-lock.json has its digest.

A patch that does not apply, or is for nothing, ends the install before anything
is changed. --ignore-patch-failures and --allow-unused-patches, on the command line
alone, install all the same.

The formats of package.json, of patches and of "patched" in the lockfile are npm
12's. Unlike npm, renames and binary changes in a patch are errors and not passed
over; files that are no text cannot be committed; add does not empty a folder
that is in use; versions are those of the lockfile.`,
		Example: `  ipnpm patch left-pad
  ipnpm patch commit /tmp/ipnpm-patch/left-pad@1.3.0-1234
  ipnpm patch update left-pad --to 1.3.1
  ipnpm patch ls`,
		Args: cobra.ExactArgs(1),
		RunE: add.RunE,
	}
	list := &cobra.Command{
		Use: "ls", Aliases: []string{"list"}, Short: "List the patches, and how many packages each is for",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runPatchList(a) },
	}
	remove := &cobra.Command{
		Use: "rm PKG[@VERSION]", Aliases: []string{"remove"}, Short: "Remove the patches of a package",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runPatchRemove(c.Context(), a, args[0]) },
	}
	for _, c := range [...]*cobra.Command{c, add} {
		a.bindConfig(c.Flags(), "edit-dir", "ignore-existing")
	}
	a.bindConfig(remove.Flags(), patchTreeKeys()...)
	c.AddCommand(add, newCommitCmd(a, "commit EDIT-DIR"), newPatchUpdateCmd(a), list, remove)
	return c
}

// patchTreeKeys are the keys of installing that the commands have which change
// patches.
func patchTreeKeys() []string {
	return []string{"allow-unused-patches", "ignore-patch-failures", "install-strategy", "ignore-scripts", "allow-scripts", "progress"}
}

// openWhole opens the project that the folder belongs to, for what is the
// project's alone: in a workspace, the one that it is a workspace of.
func (a *app) openWhole() (*project, error) {
	root, _ := findWorkspaceRoot(findRoot(a.Dir))
	p, err := a.openProjectAt(root, false)
	if err != nil {
		return nil, err
	}
	return p, p.readLock(a)
}

// patchTarget is a version that a patch is made for.
type patchTarget struct {
	name, version string
	// location is where the lockfile has it, "" where it does not.
	location string
}

func (t patchTarget) String() string { return t.name + "@" + t.version }

// versionsOf are the versions of a package in the lockfile, with the locations of
// each; what lies in the project's own folders is none.
func (p *project) versionsOf(name string) map[string][]string {
	found := map[string][]string{}
	if p.lock == nil {
		return found
	}
	for _, location := range p.lock.Locations() {
		pkg := p.lock.Packages[location]
		if strings.Contains("/"+location, "/node_modules/") && !pkg.Link && lockfile.NameOf(location) == name {
			found[pkg.Version] = append(found[pkg.Version], location)
		}
	}
	return found
}

// target is the version that PKG[@VERSION] means: an exact one as it is, of
// others the one that is installed, or else that the registry has.
func (s *session) target(ctx context.Context, p *project, arg string) (patchTarget, error) {
	spec, err := manifest.ParseArg(arg)
	if err != nil {
		return patchTarget{}, err
	}
	switch spec.Kind {
	case manifest.KindVersion, manifest.KindRange, manifest.KindTag:
	default:
		return patchTarget{}, nonRegistryTarget(arg)
	}
	installed := p.versionsOf(spec.Name)
	version, err := onlyVersion(spec, installed)
	if err != nil {
		return patchTarget{}, err
	}
	if version == "" {
		data, err := s.published(ctx, spec)
		if err != nil {
			return patchTarget{}, err
		}
		m, err := manifestOf(data)
		return patchTarget{name: m.Name, version: m.Version}, err
	}
	t := p.targetOf(spec.Name, version)
	if t.location != "" && p.lock.Packages[t.location].Resolved != "" {
		return t, nonRegistryTarget(t.String())
	}
	return t, nil
}

// targetOf is an exact version.
func (p *project) targetOf(name, version string) patchTarget {
	t := patchTarget{name: name, version: version}
	if locations := p.versionsOf(name)[version]; len(locations) > 0 {
		t.location = locations[0]
	}
	return t
}

// onlyVersion is the version that a spec names, or the one installed that it
// means, "" when that is for the registry to say.
func onlyVersion(spec manifest.Spec, installed map[string][]string) (string, error) {
	if v, err := npmrange.ParseVersion(spec.Fetch, false); err == nil {
		return v.String(), nil
	}
	matching := slices.Sorted(maps.Keys(installed))
	wanted := spec.Kind == manifest.KindRange && spec.Fetch != "*"
	if wanted {
		r, err := npmrange.Parse(spec.Fetch, npmrange.Options{Loose: true})
		if err != nil {
			return "", err
		}
		matching = r.Filter(matching)
	}
	switch {
	case len(matching) > 1:
		lines := make([]string, len(matching))
		for i, v := range matching {
			lines[i] = "\n  " + spec.Name + "@" + v + "  (" + installed[v][0] + ")"
		}
		return "", &hintError{err: fmt.Errorf("several versions of %s are installed:%s", spec.Name, strings.Join(lines, "")),
			hint: "name one: ipnpm patch " + spec.Name + "@" + matching[0], code: "EPATCHAMBIGUOUS"}
	case len(matching) == 1:
		return matching[0], nil
	case wanted || spec.Kind == manifest.KindTag && spec.Fetch != "latest":
		return "", nil
	}
	return "", &hintError{err: fmt.Errorf("no version of %s is installed", spec.Name),
		hint: "run `ipnpm install` first, or name a version: ipnpm patch " + spec.Name + "@1.0.0", code: "EPATCHNOTINSTALLED"}
}

func nonRegistryTarget(what string) error {
	return &hintError{err: fmt.Errorf("%s is from no registry, and cannot be patched", what),
		hint: "edit it where it comes from", code: "EPATCHNONREGISTRY"}
}

func manifestOf(data []byte) (*manifest.Manifest, error) {
	text, err := tarball.Manifest(data)
	if err != nil {
		return &manifest.Manifest{}, err
	}
	return manifest.Parse(text)
}

// original is a version's tarball as it was published: the very one of the
// lockfile, or else the registry's.
func (s *session) original(ctx context.Context, p *project, t patchTarget) ([]byte, error) {
	if t.location != "" {
		found, err := s.shippedTarball(ctx, t.location, p.lock.Packages[t.location])
		return found.Data, err
	}
	spec, err := manifest.ParseArg(t.String())
	if err != nil {
		return nil, err
	}
	return s.published(ctx, spec)
}

func runPatchAdd(ctx context.Context, a *app, arg string) error {
	p, err := a.openWhole()
	if err != nil {
		return err
	}
	return a.withSession(p, func(s *session) error {
		t, err := s.target(ctx, p, arg)
		if err != nil {
			return err
		}
		data, err := s.original(ctx, p, t)
		if err != nil {
			return err
		}
		dir, err := s.editDir(t)
		if err != nil {
			return err
		}
		if _, err := tarball.Extract(ctx, data, dir, tarball.DefaultLimits()); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]string{"name": t.name, "version": t.version, "editDir": dir})
		}
		fmt.Fprintf(a.Out, "You can edit %s in %s\nand then run: ipnpm patch commit %s\n", t, dir, dir)
		return nil
	})
}

// editDir makes the empty folder that a package is unpacked to.
func (s *session) editDir(t patchTarget) (string, error) {
	dir := s.cfg.String("edit-dir")
	if dir == "" {
		base := filepath.Join(os.TempDir(), "ipnpm-patch")
		if err := os.MkdirAll(base, 0o755); err != nil {
			return "", err
		}
		return os.MkdirTemp(base, strings.ReplaceAll(t.String(), "/", "+")+"-")
	}
	dir = s.app.absolute(dir)
	if s.cfg.Bool("ignore-existing") {
		if err := os.RemoveAll(dir); err != nil {
			return "", err
		}
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return "", &hintError{err: fmt.Errorf("%s is not empty: %w", dir, fs.ErrExist),
			hint: "`ipnpm patch commit` finishes what was begun there; --ignore-existing removes it", code: "EEXIST"}
	}
	return dir, os.MkdirAll(dir, 0o755)
}

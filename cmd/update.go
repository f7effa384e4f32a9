package cmd

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

func newUpdateCmd(a *app) *cobra.Command {
	var latest, interactive bool
	c := &cobra.Command{
		Use:     "update [PKG...]",
		Aliases: []string{"up", "u", "upgrade", "udpate"},
		GroupID: "project",
		Short:   "Bring packages to the newest versions that package.json admits",
		Long: `Update resolves anew, as far as the ranges in package.json go: all packages, or
those that are named, wherever in the tree they are. The lockfile and
node_modules change; package.json only with --save, which raises the ranges of
direct dependencies to what was found.

--latest, which pnpm and bun have, goes beyond the ranges: the direct
dependencies, all or those that are named, are saved anew at their latest
release, with save-prefix. Check with --dry-run, or with ipnpm outdated.

--interactive, which pnpm and bun have too, asks on a terminal which of the
outdated direct dependencies are to be updated, with --latest beyond their ranges.

With -g the global packages, all or those that are named, become as an install of
their names would make them today: whatever version that is, as with npm.`,
		Example: `  ipnpm update
  ipnpm update react react-dom
  ipnpm update --save --dry-run
  ipnpm update --latest vite
  ipnpm update --interactive --latest`,
		RunE: func(c *cobra.Command, args []string) error {
			if a.isGlobal() {
				return runGlobalUpdate(c.Context(), a, args)
			}
			return runUpdate(c.Context(), a, args, latest, interactive)
		},
	}
	c.Flags().BoolVarP(&latest, "latest", "L", false, "save the latest releases of direct dependencies, whatever the ranges say")
	c.Flags().BoolVarP(&interactive, "interactive", "i", false, "choose what is updated on the terminal")
	a.bindTree(c.Flags())
	a.bindAt(c.Flags())
	a.bindConfig(c.Flags(), "save", "save-prefix", "dry-run", "depth")
	a.bindConfig(c.Flags(), placeKeys()...)
	return c
}

func runUpdate(ctx context.Context, a *app, names []string, latest, interactive bool) error {
	for _, name := range names {
		if spec, err := manifest.ParseArg(name); err != nil || spec.Name != name {
			return &updateArgumentError{argument: name, name: spec.Name}
		}
	}
	if interactive {
		if _, err := a.terminal(); err != nil {
			return err // before anything is asked for
		}
		a.preferOnline()
	}
	p, err := a.openFiltered(ctx, false)
	if err != nil {
		return err
	}
	a.warnOfStrangers(p, names)
	return a.withEngines(p, func(s *session) error {
		if interactive {
			if names, err = s.chooseUpdates(ctx, p, names, latest); err != nil || names == nil {
				return err
			}
		}
		if latest {
			return s.updateLatest(ctx, p, names)
		}
		if s.cfg.IsSet("depth") {
			a.warn("--depth has no effect on update any more: packages are updated wherever they are")
		}
		return s.installAndTell(ctx, p, plan{
			update: names, updateAll: len(names) == 0,
			refresh: s.cfg.IsSet("save") && s.cfg.Bool("save"),
		})
	})
}

// warnOfStrangers says which names are not in the project, where update, like
// npm's, has nothing to do.
func (a *app) warnOfStrangers(p *project, names []string) {
	known := p.dependencyNames()
	for _, name := range names {
		if !known[name] {
			a.warn("%s is not among the dependencies of the project%s", name, p.orNear(name))
		}
	}
}

// updateArgumentError says that update was given more than a name.
type updateArgumentError struct{ argument, name string }

func (e *updateArgumentError) Error() string {
	return fmt.Sprintf("update %s: only names can be updated, to what package.json asks for", e.argument)
}

func (e *updateArgumentError) Code() string { return "EUPDATEARGS" }

func (e *updateArgumentError) Hint() string {
	if e.name == "" {
		return "`ipnpm add` takes folders, files and addresses"
	}
	return fmt.Sprintf("`ipnpm update %s`, or to ask for another version `ipnpm add %s`", e.name, e.argument)
}

// refreshRanges raises the ranges of the project's direct dependencies to what
// was found, those of the given names or all, and returns the package.json
// files that it changed. What somebody asks for exactly stays as it is.
func (s *session) refreshRanges(p *project, names []string, out *outcome) ([]*manifest.File, error) {
	changed := make(map[string]*manifest.File)
	for _, n := range out.tree.Nodes() {
		direct := n.Location() == "node_modules/"+n.Name()
		if !direct || len(names) > 0 && !slices.Contains(names, n.Name()) || isPinned(n) {
			continue
		}
		for e := range n.Dependents() {
			if !e.From().IsTop() {
				continue
			}
			text, ok := s.refreshed(e, n)
			if !ok {
				continue
			}
			location := e.From().Location()
			if changed[location] == nil {
				var err error
				if changed[location], err = p.fileAt(location); err != nil {
					return nil, err
				}
			}
			if isCatalog(changed[location].Spec("", e.Name())) {
				continue // the catalog says which
			}
			if err := changed[location].Set("", e.Name(), text); err != nil {
				return nil, err
			}
			requote(out.lock.Packages[location], e.Name(), text)
		}
	}
	return slices.Collect(maps.Values(changed)), p.fill()
}

// isPinned says that some dependent asks for the node's very version.
func isPinned(n *resolve.Node) bool {
	for e := range n.Dependents() {
		if admitsAll(n.Version(), e.Spec()) {
			return true
		}
	}
	return false
}

// refreshed is the text that a dependency is saved with after an update; false
// where it stays.
func (s *session) refreshed(e *resolve.Edge, n *resolve.Node) (string, bool) {
	spec, err := manifest.ParseSpec(e.Name(), e.Spec())
	if err != nil || !spec.Registry() || n.Version() == "" {
		return "", false
	}
	text := s.savedRange(addOptions{}, spec.Target(), n.Version())
	if spec.Kind == manifest.KindAlias {
		text = "npm:" + spec.Target().Name + "@" + text
	}
	return text, text != e.Spec()
}

// fileAt is the package.json of the project or of one of its workspaces.
func (p *project) fileAt(location string) (*manifest.File, error) {
	for _, m := range p.importers {
		if m.location == location {
			return m.file, nil
		}
	}
	if location == "" {
		return p.file, nil
	}
	return manifest.Load(filepath.Join(p.dir, filepath.FromSlash(location), "package.json"))
}

// requote changes what the lockfile says that one package.json asks for.
func requote(quoted *lockfile.Package, name, spec string) {
	if quoted == nil {
		return
	}
	for _, group := range [...]map[string]string{
		quoted.Dependencies, quoted.DevDependencies, quoted.OptionalDependencies, quoted.PeerDependencies,
	} {
		if _, ok := group[name]; ok {
			group[name] = spec
		}
	}
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

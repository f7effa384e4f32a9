package cmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/tree"
	"github.com/ipnpm/ipnpm/tree/diagram"
	"github.com/ipnpm/ipnpm/tree/listing"
)

func newLsCmd(a *app) *cobra.Command {
	var graph graphFlag
	c := &cobra.Command{
		Use:     "ls [PKG...]",
		Aliases: []string{"list", "la", "ll"},
		GroupID: "project",
		Short:   "List installed packages as a tree, and what is wrong with them",
		Long: `Ls shows what is in node_modules: the project's own dependencies, with --all
everything, and of named packages (name, name@range) whatever leads to them. It
looks at the disk; --package-lock-only shows the lockfile, with the packages for
all platforms. La and ll are ls --long. -g lists the global packages.

Exit code 1 with the error ELSPROBLEMS when a dependency is missing or invalid, as
for npm 12, and when named packages are not there. What differs from npm: a linked
tree is shown as the hoisted one with the same lockfile; packages of a registry
have no "resolved"; --json --long shows each package's own package.json and cid
and integrity of the lockfile, where npm shows what its lockfile has.

--graph, which npm has not, draws the same packages, to any depth unless --depth
bounds it: as a picture (svg), or for Graphviz (dot). Optional dependencies that
are not there are left out of it.`,
		Example: `  ipnpm ls
  ipnpm ls --all
  ipnpm ls react --json
  ipnpm ls --depth=1 --omit=dev -w packages/a
  ipnpm ls --graph=svg > graph.svg`,
		RunE: func(c *cobra.Command, args []string) error {
			if name := c.CalledAs(); name == "la" || name == "ll" {
				a.flags["long"] = []string{"true"}
			}
			return runLs(c.Context(), a, &graph, args)
		},
	}
	graph.bind(c)
	a.bindConfig(c.Flags(), "all", "depth", "long", "parseable", "link", "omit", "include", "package-lock-only", "unicode")
	a.bindConfig(c.Flags(), append(filteredKeys(), "force")...)
	a.bindConfig(c.Flags(), placeKeys()...)
	return c
}

func runLs(ctx context.Context, a *app, graph *graphFlag, args []string) error {
	if err := graph.check(a); err != nil {
		return err
	}
	p, err := a.openListed(func() (*project, error) { return a.openFiltered(ctx, true) })
	if err != nil {
		return err
	}
	return a.withEngines(p, func(s *session) error { return s.ls(ctx, p, graph, args) })
}

func (s *session) ls(ctx context.Context, p *project, graph *graphFlag, args []string) error {
	o, err := lsOptions(p, s.cfg, args)
	if err != nil {
		return err
	}
	o.All = o.All || graph.format != ""
	g, err := s.installed(ctx, p, false)
	if err != nil {
		return err
	}
	list := listing.New(g, o)
	var problems error
	if list.Broken() {
		problems = &hintError{err: errors.New(strings.Join(list.Problems, "\n")), code: "ELSPROBLEMS",
			hint: "`ipnpm install` puts right what package.json asks for; `ipnpm why NAME` tells who asks for a package"}
	}
	if graph.format != "" {
		err = graph.tell(s.app, diagram.OfListing(list))
	} else {
		err = s.app.tellList(p, s.cfg, g, list, problems)
	}
	if err != nil {
		return err
	}
	if problems == nil && !list.Found() {
		return &silentError{1}
	}
	return problems
}

func lsOptions(p *project, cfg *config.Config, args []string) (listing.Options, error) {
	o := listing.Options{All: cfg.Bool("all"), Link: cfg.Bool("link"), Omit: cfg.Strings("omit")}
	if depth, err := strconv.Atoi(cfg.String("depth")); err == nil {
		o.Depth, o.HasDepth = depth, true
	}
	o.Workspaces, o.WithRoot, o.NoWorkspaces = p.chosen()
	for _, arg := range args {
		w, err := listing.ParseWanted(arg)
		if err != nil {
			return o, err
		}
		o.Wanted = append(o.Wanted, w)
	}
	return o, nil
}

// tellList prints the listing. As JSON it is one object with the error in it,
// which is not printed again.
func (a *app) tellList(p *project, cfg *config.Config, g *tree.Graph, list *listing.Listing, problems error) error {
	switch {
	case a.json:
		item := newListJSON(list.Root, g, cfg.Bool("long"))
		item.Problems = list.Problems
		if problems != nil {
			item.Error = objectOf(problems)
			a.json = false
		}
		return a.printJSON(item)
	case cfg.Bool("parseable"):
		for _, item := range list.Seen {
			fmt.Fprintln(a.Out, printableLine(parseableItem(item, cfg.Bool("long"))))
		}
		return nil
	}
	l := lister{app: a, long: cfg.Bool("long")}
	root := l.root(p, list.Root)
	if len(root.below) == 0 {
		root.below = []*drawn{{label: "(empty)"}}
	}
	_, err := fmt.Fprintln(a.Out, root.draw(cfg.Bool("unicode")))
	return err
}

// parseableItem is npm's line for programs.
func parseableItem(item *listing.Item, long bool) string {
	n := item.Node
	if !long {
		return n.Path
	}
	fields := []string{n.Path, item.ID}
	if n.Path != n.RealPath {
		fields = append(fields, n.RealPath)
	}
	for _, flag := range [...]struct {
		word string
		is   bool
	}{{"EXTRANEOUS", item.Extraneous}, {"INVALID", item.Invalid != ""}, {"OVERRIDDEN", n.Overridden}} {
		if flag.is {
			fields = append(fields, flag.word)
		}
	}
	return strings.Join(fields, ":")
}

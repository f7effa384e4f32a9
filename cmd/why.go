package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tree"
	"github.com/ipnpm/ipnpm/tree/diagram"
	"github.com/ipnpm/ipnpm/tree/explain"
)

func newWhyCmd(a *app) *cobra.Command {
	var graph graphFlag
	c := &cobra.Command{
		Use:     "why PKG...",
		Aliases: []string{"explain"},
		GroupID: "project",
		Short:   "Say who asks for an installed package",
		Long: `Why shows each place of a package in node_modules and, below it, who depends on
it, and who on that, up to the project. A package is named by its name, name@range,
or the folder that it is in. As with npm 12, -w shows what the chosen workspaces
use alone. Dependents are in the order of their locations, and the same in a linked
tree.

--graph, which npm has not, draws all that leads to the packages: as a picture
(svg), or for Graphviz (dot).`,
		Example: `  ipnpm why react
  ipnpm why ms@2 --json
  ipnpm why node_modules/a/node_modules/ms
  ipnpm why ms --graph=svg > ms.svg`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runWhy(c.Context(), a, &graph, args) },
	}
	graph.bind(c)
	a.bindConfig(c.Flags(), "package-lock-only")
	a.bindConfig(c.Flags(), append(filteredKeys(), "force")...)
	return c
}

func runWhy(ctx context.Context, a *app, graph *graphFlag, args []string) error {
	if err := graph.check(a); err != nil {
		return err
	}
	p, err := a.openFiltered(ctx, false)
	if err != nil {
		return err
	}
	return a.withEngines(p, func(s *session) error { return s.why(ctx, p, graph, args) })
}

func (s *session) why(ctx context.Context, p *project, graph *graphFlag, args []string) error {
	a := s.app
	g, err := s.installed(ctx, p, s.cfg.Bool("legacy-peer-deps"))
	if err != nil {
		return err
	}
	nodes := p.findNodes(g, a.Dir, args)
	if len(nodes) == 0 {
		return notInstalled(g, args)
	}
	if graph.format != "" {
		return graph.tell(a, diagram.OfDependents(g, nodes))
	}
	whys := explain.Nodes(g, nodes)
	if a.json {
		return a.printJSON(whys)
	}
	texts := make([]string, len(whys))
	for i, why := range whys {
		texts[i] = whyText{a}.node(why, map[*explain.Node]bool{})
	}
	_, err = fmt.Fprintln(a.Out, a.fitOut(strings.Join(texts, "\n\n")))
	return err
}

// findNodes are those that are named, each once, of the chosen workspaces.
func (p *project) findNodes(g *tree.Graph, dir string, args []string) []*tree.Node {
	within := p.within(g)
	taken := map[*tree.Node]bool{}
	var nodes []*tree.Node
	for _, arg := range args {
		for _, n := range explain.Find(g, dir, arg) {
			if !taken[n] && (within == nil || within[n]) {
				taken[n] = true
				nodes = append(nodes, n)
			}
		}
	}
	return nodes
}

// notInstalled is npm's error, with names that may have been meant.
func notInstalled(g *tree.Graph, args []string) error {
	names := make([]string, len(g.Nodes))
	for i, n := range g.Nodes {
		names[i] = n.PackageName
	}
	slices.Sort(names)
	names = slices.Compact(names)
	hint := "`ipnpm ls --all` lists what is installed"
	for _, arg := range args {
		if near := registry.Near(arg, names); len(near) > 0 {
			hint = "did you mean " + strings.Join(near, ", ") + "?"
		}
	}
	return &hintError{err: fmt.Errorf("no dependencies found matching %s", strings.Join(args, ", ")), hint: hint}
}

// whyText writes explanations as npm does.
type whyText struct{ app *app }

// node is the package, who asks for it, and what links to it. On the way down
// a node that is being written already is not written again.
func (w whyText) node(n *explain.Node, open map[*explain.Node]bool) string {
	text := w.label(n)
	if open[n] {
		return text
	}
	open[n] = true
	defer delete(open, n)
	var below []string
	for _, e := range n.Dependents {
		below = append(below, w.edge(e, open))
	}
	for _, link := range n.LinksIn {
		below = append(below, w.node(link, open))
	}
	for _, lines := range below {
		text += "\n  " + strings.ReplaceAll(lines, "\n", "\n  ")
	}
	return text
}

func (w whyText) label(n *explain.Node) string {
	text := printableLine(n.Name + "@" + n.Version)
	if n.IsWorkspace != nil && *n.IsWorkspace {
		text = w.app.paintOut(blue, text)
	}
	if f := n.Flags; f != nil {
		for _, flag := range [...]struct {
			word string
			is   bool
		}{{"extraneous", f.Extraneous}, {"dev", isTrue(f.Dev)}, {"optional", isTrue(f.Optional)}, {"peer", isTrue(f.Peer)},
			{"bundled", isTrue(f.Bundled)}, {"overridden", isTrue(f.Overridden)}} {
			if flag.is {
				text += " " + w.word(flag.word)
			}
		}
	}
	if n.Location != "" {
		text += "\n" + w.app.paintOut(dim, printableLine(n.Location))
	}
	return text
}

func isTrue(b *bool) bool { return b != nil && *b }

// word is a kind of dependency in its colour.
func (w whyText) word(kind string) string {
	colors := map[string]color{"extraneous": red, "dev": blue, "optional": magenta, "peer": magenta, "peerOptional": magenta,
		"bundled": cyan, "workspace": blue, "overridden": dim}
	return w.app.paintOut(colors[kind], kind)
}

// edge is one wish, and who has it.
func (w whyText) edge(e *explain.Edge, open map[*explain.Node]bool) string {
	text := ""
	if e.Type != "prod" {
		text += w.word(e.Type) + " "
	}
	if e.Bundled {
		text += w.word("bundled") + " "
	}
	dep := printableLine(fmt.Sprintf("%s@%q", e.Name, e.Spec))
	if e.Type == "workspace" {
		dep = w.app.paintOut(bold, printableLine(strings.TrimPrefix(strings.TrimPrefix(e.Spec, "file:"+e.From.Location), "/")))
	}
	if e.Overridden {
		dep = fmt.Sprintf("%s %s (was %q)", w.word("overridden"), dep, printableLine(e.RawSpec))
	}
	text += dep + " from "
	if e.From.Name == "" && e.From.Version == "" {
		text += "the root project"
	} else {
		text += w.node(e.From, open)
	}
	if e.Extension != nil {
		text += w.app.paintOut(dim, printableLine(fmt.Sprintf(" (added by packageExtensions[%q].%s.%s)", e.Extension.Selector, e.Extension.Field, e.Name)))
	}
	return text
}

package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/resolve/npmrange"
	"github.com/ipnpm/ipnpm/tree"
	"github.com/ipnpm/ipnpm/tree/funding"
)

func newFundCmd(a *app) *cobra.Command {
	which := ""
	c := &cobra.Command{
		Use:     "fund [PKG]",
		GroupID: "project",
		Short:   "List the packages that ask for funding, or open the page of one",
		Args:    cobra.MaximumNArgs(1),
		Long: `Fund lists what the installed packages say in "funding", the packages of one address
together. With a package, or the folder of one, it opens that one's page in the
browser, or prints the address as ` + "`ipnpm repo`" + ` does; where there are several it lists them,
and --which=N takes the Nth. Of a package that is not installed an npm registry is asked.

Dependencies come in the order of their names, where npm goes by package.json. Install
does not count who asks for funding: it would have to read every package.json.`,
		Example: "  ipnpm fund\n  ipnpm fund --json\n  ipnpm fund lodash --which=1",
		RunE: func(c *cobra.Command, args []string) error {
			n := 0
			if which != "" {
				var err error
				if n, err = strconv.Atoi(which); err != nil || n < 1 {
					return &hintError{err: errors.New("--which must be a positive number"), hint: "`ipnpm fund PKG` lists what there is to choose from", code: "EFUNDNUMBER"}
				}
			}
			return runFund(c.Context(), a, n, args)
		},
	}
	c.Flags().StringVar(&which, "which", "", "open the `N`th page of several")
	a.bindBrowser(c)
	a.bindConfig(c.Flags(), append(workspaceKeys(), "unicode")...)
	return c
}

func runFund(ctx context.Context, a *app, which int, args []string) error {
	p, err := a.openTree(len(args) > 0)
	if err != nil {
		return err
	}
	return a.withSession(p, func(s *session) error {
		g, err := s.installed(ctx, p, false)
		if err != nil {
			return err
		}
		if len(args) > 0 {
			return s.openFunding(ctx, g, which, args[0])
		}
		root, count := funding.Read(g, p.within(g))
		if a.json {
			return a.printJSON(fundingJSON{Length: count, Name: root.Name, Package: root})
		}
		unicode := s.cfg.Bool("unicode")
		_, err = fmt.Fprintln(a.Out, a.drawFunding(root, unicode, map[string]*drawn{}).draw(unicode))
		return err
	})
}

// fundingJSON is npm's object.
type fundingJSON struct {
	Length int    `json:"length"`
	Name   string `json:"name"`
	*funding.Package
}

// drawFunding puts packages of one address together, where the first of them is;
// nil for one that is put elsewhere.
func (a *app) drawFunding(p *funding.Package, unicode bool, seen map[string]*drawn) *drawn {
	id := p.Name
	if p.Version != "" {
		id += "@" + p.Version
	}
	d := &drawn{label: printableLine(id)}
	if p.Funding != nil {
		address := string(p.Funding.Sources[0].URL)
		if other := seen[address]; other != nil {
			other.label += a.paintOut(dim, ",") + " " + d.label
			d = nil
		} else {
			under := drawn{label: a.paintOut(blue, printableLine(address)), below: []*drawn{{label: d.label}}}
			d.label = strings.TrimSpace(under.draw(unicode))
			seen[address] = d
		}
	}
	for _, under := range p.Below {
		if below := a.drawFunding(under, unicode, seen); d != nil && below != nil {
			d.below = append(d.below, below)
		}
	}
	return d
}

// openFunding opens the page of one package, or lists those that there are.
func (s *session) openFunding(ctx context.Context, g *tree.Graph, which int, arg string) error {
	field, err := s.fundingOf(ctx, g, arg)
	if err != nil {
		return err
	}
	if field == nil {
		return &hintError{err: fmt.Errorf("%s does not say how it is funded", arg), hint: "`ipnpm docs " + arg + "` opens its documentation", code: "ENOFUND"}
	}
	if which == 0 && len(field.Sources) == 1 {
		which = 1
	}
	if which > 0 && which <= len(field.Sources) {
		source := field.Sources[which-1]
		return s.app.open(ctx, s.cfg, []webPage{{Title: fundingTitle(source), URL: string(source.URL)}})
	}
	if which > 0 {
		fmt.Fprintf(s.app.Out, "There is no page %d:\n", which)
	}
	for i, source := range field.Sources {
		fmt.Fprintln(s.app.Out, printableLine(fmt.Sprintf("%d: %s: %s", i+1, fundingTitle(source), source.URL)))
	}
	_, err = fmt.Fprintf(s.app.Out, "`ipnpm fund %s --which=1` opens the first.\n", arg)
	return err
}

func fundingTitle(s funding.Source) string {
	title := "Funding"
	if s.Type != "" {
		title = string(s.Type) + " funding"
	}
	return title + " available at the following URL"
}

// fundingOf is the field of the installed package of a name or folder, of several
// versions the highest, or else of the registry's.
func (s *session) fundingOf(ctx context.Context, g *tree.Graph, arg string) (*funding.Field, error) {
	path := s.app.absolute(filepath.FromSlash(arg))
	var found *tree.Node
	for _, n := range g.Nodes {
		if n.Path == path {
			return funding.Of(n), nil
		}
		if n.PackageName == arg && n.Target == nil && isNewer(n, found) {
			found = n
		}
	}
	if found != nil {
		return funding.Of(found), nil
	}
	fields, err := s.fields(ctx, arg)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(fields["funding"])
	if err != nil {
		return nil, err
	}
	return funding.Parse(text), nil
}

// isNewer says that a node with a version is to be taken before another, nil for
// none.
func isNewer(n, other *tree.Node) bool {
	version, err := npmrange.ParseVersion(n.Version, true)
	if err != nil || other == nil {
		return err == nil
	}
	old, err := npmrange.ParseVersion(other.Version, true)
	return err != nil || npmrange.Compare(version, old) > 0
}

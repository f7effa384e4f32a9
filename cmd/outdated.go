package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve"
	"github.com/ipnpm/ipnpm/resolve/pick"
	"github.com/ipnpm/ipnpm/tree/outdated"
)

func newOutdatedCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "outdated [PKG...]",
		GroupID: "project",
		Short:   "List dependencies of which there are newer versions",
		Long: `Outdated compares what is installed with the registry: Wanted is the newest version
that package.json allows, Latest what its latest tag or an install without a range
would take. It looks at the dependencies of the project and its workspaces; with
--all at those of all packages, and of named packages at whoever depends on them.

Exit code 1 when anything is outdated, as for npm 12. Documents that are not fresh
are asked for anew; with --offline the last known state of the registry counts. The
homepage of --long is that of the installed package. A terminal too narrow for all
columns gets the first ones.`,
		Example: `  ipnpm outdated
  ipnpm outdated --json
  ipnpm outdated react -w packages/a`,
		RunE: func(c *cobra.Command, args []string) error { return runOutdated(c.Context(), a, args) },
	}
	a.bindConfig(c.Flags(), "all", "long", "parseable", "omit", "include", "before", "min-release-age", "min-release-age-exclude")
	a.bindConfig(c.Flags(), append(filteredKeys(), "force")...)
	a.bindConfig(c.Flags(), placeKeys()...)
	return c
}

func runOutdated(ctx context.Context, a *app, args []string) error {
	a.preferOnline()
	p, err := a.openListed(func() (*project, error) { return a.openFiltered(ctx, false) })
	if err != nil {
		return err
	}
	var entries []outdated.Entry
	err = a.withEngines(p, func(s *session) error {
		entries, err = s.outdated(ctx, p, args)
		return err
	})
	if err != nil {
		return err
	}
	if err := a.tellOutdated(entries, a.cfg); err != nil {
		return err
	}
	if len(entries) > 0 {
		return &silentError{1}
	}
	return nil
}

// preferOnline has documents checked with the registry by a command that is
// about what is new there, unless the user says otherwise.
func (a *app) preferOnline() {
	for _, key := range [...]string{"prefer-online", "prefer-offline", "offline"} {
		if len(a.flags[key]) > 0 {
			return
		}
	}
	a.flags["prefer-online"] = []string{"true"}
}

func (s *session) outdated(ctx context.Context, p *project, args []string) ([]outdated.Entry, error) {
	g, err := s.installed(ctx, p, s.cfg.Bool("legacy-peer-deps"))
	if err != nil {
		return nil, err
	}
	o := outdated.Options{
		All: s.cfg.Bool("all"), Names: args, Within: p.within(g), Omit: s.cfg.Strings("omit"),
		Pick: pick.Options{
			DefaultTag: s.cfg.String("tag"), Before: s.cfg.Before(s.app.now()),
			BeforeExclude: s.cfg.Strings("min-release-age-exclude"), NodeVersion: s.nodeVersion(ctx),
		},
		Unavailable: isUnavailable,
	}
	index := s.index(nil)
	if batch, ok := index.(resolve.Prefetcher); ok {
		if err := batch.Prefetch(ctx, o.Packages(g)); err != nil {
			return nil, err
		}
	}
	found, err := outdated.Find(ctx, g, index, o)
	if p.global != nil {
		g.Root.Name, g.Root.Location = "global", "global" // npm's words for who has them
	}
	return found, err
}

// isUnavailable says that a registry has no document of a name, or none for us.
func isUnavailable(err error) bool {
	var gone *registry.NotFoundError
	return errors.As(err, &gone) || codeOf(err) == "E403"
}

func (a *app) tellOutdated(entries []outdated.Entry, cfg *config.Config) error {
	long := cfg.Bool("long")
	switch {
	case a.json:
		return a.printJSON(outdatedObject(entries, long))
	case cfg.Bool("parseable"):
		for _, e := range entries {
			fmt.Fprintln(a.Out, printableLine(parseableOutdated(e, long)))
		}
		return nil
	case len(entries) == 0:
		return nil
	}
	rows := narrowed(outdatedRows(entries, long), a.columns(a.OutTTY), len("PCWL"))
	_, err := fmt.Fprint(a.Out, a.table(rows))
	return err
}

func outdatedRows(entries []outdated.Entry, long bool) [][]cell {
	titles := []string{"Package", "Current", "Wanted", "Latest", "Location", "Depended by"}
	if long {
		titles = append(titles, "Package Type", "Homepage", "Depended By Location")
	}
	var head []cell
	for i, title := range titles {
		head = append(head, cell{title, underline, i > 0 && i < 4})
	}
	rows := [][]cell{head}
	for _, e := range entries {
		state, current, location := red, firstNonEmpty(e.Current, "MISSING"), "-"
		if e.Current == e.Wanted {
			state = yellow
		}
		if e.Edge.To != nil {
			location = e.Edge.To.Location
		}
		by, byColor := e.Edge.From.Name, color("")
		if e.Edge.From.Workspace {
			by, byColor = e.Edge.From.ID(), blue
		}
		row := []cell{{e.Name, state, false}, {current, "", true}, {e.Wanted, cyan, true}, {e.Latest, blue, true},
			{location, "", false}, {by, byColor, false}}
		if long {
			row = append(row, cell{group(e), "", false}, cell{homepage(e), blue, false}, cell{e.Edge.From.Location, "", false})
		}
		for i := range row {
			row[i].text = printableLine(row[i].text)
		}
		rows = append(rows, row)
	}
	return rows
}

// group is where package.json has the dependency.
func group(e outdated.Entry) string {
	switch {
	case e.Edge.IsOptional():
		return "optionalDependencies"
	case e.Edge.IsPeer():
		return "peerDependencies"
	case e.Edge.Kind == "dev":
		return "devDependencies"
	}
	return "dependencies"
}

// homepage is what the installed package says of itself.
func homepage(e outdated.Entry) string {
	var is struct{ Homepage manifest.Text }
	if e.Edge.To != nil {
		if data, err := e.Edge.To.PackageJSON(); err == nil {
			_ = json.Unmarshal(data, &is) // what cannot be read says nothing
		}
	}
	return string(is.Homepage)
}

// parseableOutdated is npm's line for programs.
func parseableOutdated(e outdated.Entry, long bool) string {
	path, current := "", "MISSING"
	if e.Edge.To != nil {
		path = e.Edge.To.Path
	}
	if e.Current != "" {
		current = e.Name + "@" + e.Current
	}
	fields := []string{path, e.Name + "@" + e.Wanted, current, e.Name + "@" + e.Latest, e.Edge.From.Name}
	if long {
		fields = append(fields, group(e), homepage(e), e.Edge.From.Location)
	}
	return strings.Join(fields, ":")
}

// outdatedJSON is an entry as npm's --json has it.
type outdatedJSON struct {
	Current   string  `json:"current,omitempty"`
	Wanted    string  `json:"wanted"`
	Latest    string  `json:"latest"`
	Dependent string  `json:"dependent"`
	Location  string  `json:"location,omitempty"`
	Type      string  `json:"type,omitempty"`
	Homepage  string  `json:"homepage,omitempty"`
	By        *string `json:"dependedByLocation,omitempty"`
}

// outdatedObject is npm's object by name: one entry, or a list of several.
func outdatedObject(entries []outdated.Entry, long bool) map[string]any {
	lists := map[string][]outdatedJSON{}
	for _, e := range entries {
		j := outdatedJSON{Current: e.Current, Wanted: e.Wanted, Latest: e.Latest, Dependent: e.Edge.From.Name}
		if e.Edge.To != nil {
			j.Location = e.Edge.To.Path
		}
		if long {
			j.Type, j.Homepage, j.By = group(e), homepage(e), &e.Edge.From.Location
		}
		lists[e.Name] = append(lists[e.Name], j)
	}
	object := map[string]any{}
	for name, list := range lists {
		object[name] = list
		if len(list) == 1 {
			object[name] = list[0]
		}
	}
	return object
}

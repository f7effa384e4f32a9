package cmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/Masterminds/semver/v3"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/audit"
	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/query"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
	"github.com/ipnpm/ipnpm/tree"
)

func newQueryCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "query SELECTOR",
		GroupID: "project",
		Short:   "Find installed packages by npm's dependency selectors",
		Long: `Query prints the packages that a selector means, as a JSON list of their
package.json with location, path, from, to and so on, as npm 12 does:

  *  #name  .prod .dev .optional .peer .bundled .workspace
  [attr] [attr=value] and ^= $= *= ~= |=, with an i for any case
  a > b (depends on)   a b (leads to)   a ~ b (beside)   a, b (either)
  :root :scope :is() :not() :has() :attr() :semver() :type() :path() :empty
  :private :link :deduped :overridden :extraneous :invalid :missing :outdated()
  :vuln :vuln([severity=high][cwe=79], …)

What differs: :vuln asks for all packages of the project but its own, by the
names that a registry has them under, and reads an index's snapshot offline, as
audit does; a dist-tag in
package.json is valid for whatever a registry has, where npm wants an address;
"deduped" says whether several depend on the package, and in npm's output never.
--expect-results and --expect-result-count make it exit with 1.`,
		Example: `  ipnpm query '.dev > *'
  ipnpm query ':root > *:not(.workspace)'
  ipnpm query ':attr(scripts, [postinstall])' --expect-result-count=0`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runQuery(c.Context(), a, args[0]) },
	}
	a.bindConfig(c.Flags(), "package-lock-only", "expect-results", "expect-result-count",
		"before", "min-release-age", "min-release-age-exclude")
	a.bindConfig(c.Flags(), filteredKeys()...)
	return c
}

func runQuery(ctx context.Context, a *app, text string) error {
	q, err := query.Parse(text)
	if err != nil {
		return err
	}
	p, err := a.openFiltered(ctx, false)
	if err != nil {
		return err
	}
	items, known := []queryItem{}, map[*tree.Node][]any{}
	err = a.withSession(p, func(s *session) error {
		g, err := s.installed(ctx, p, s.cfg.Bool("legacy-peer-deps"))
		if err != nil {
			return err
		}
		nodes, err := s.selected(ctx, p, g, q, known)
		for _, n := range nodes {
			item := newQueryItem(n, g)
			if known[n] != nil {
				item["queryContext"] = map[string]any{"advisories": known[n]}
			}
			items = append(items, item)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := a.printJSON(items); err != nil {
		return err
	}
	return a.checkExpected(a.cfg, len(items))
}

// selected are the nodes found from each of the chosen workspaces, a package
// and the links to it once; known is filled with the advisories that they were
// found by.
func (s *session) selected(ctx context.Context, p *project, g *tree.Graph, q *query.Query, known map[*tree.Node][]any) ([]*tree.Node, error) {
	o := query.Options{
		Versions:   s.versionsOf,
		Advisories: s.knownAgainst(g),
		Told: func(n *tree.Node, by []query.Advisory) {
			sources := make([]any, len(by))
			for i, a := range by {
				sources[i] = a.Source
			}
			known[n.Real()] = sources
		},
	}
	scopes := []*tree.Node{g.Root}
	if workspaces, root, _ := p.chosen(); workspaces != nil {
		scopes = nil
		for _, location := range workspaces {
			scopes = append(scopes, g.At(location))
		}
		if root {
			scopes = append(scopes, g.Root)
		}
	}
	var found []*tree.Node
	taken := map[*tree.Node]bool{}
	for _, o.Scope = range scopes {
		nodes, err := q.Select(ctx, g, o)
		if err != nil {
			return nil, err
		}
		for _, n := range nodes {
			if n = n.Real(); !taken[n] {
				taken[n] = true
				found = append(found, n)
			}
		}
	}
	return found, nil
}

// knownAgainst asks, once, what is known against the packages of a graph.
func (s *session) knownAgainst(g *tree.Graph) func(context.Context) (map[string][]query.Advisory, error) {
	var all map[string][]query.Advisory
	return func(ctx context.Context) (map[string][]query.Advisory, error) {
		if all != nil {
			return all, nil
		}
		known, err := s.advisories(ctx, audit.Options{Graph: g})
		if err != nil {
			return nil, err
		}
		all = make(map[string][]query.Advisory, len(known))
		for name, advisories := range known {
			for _, a := range advisories {
				all[name] = append(all[name], query.Advisory{Severity: a.Severity, Vulnerable: a.Vulnerable, CWE: a.CWE, Source: a})
			}
		}
		return all, nil
	}
}

// versionsOf are the versions that a registry has of a package, the oldest
// first; none where nobody knows it.
func (s *session) versionsOf(ctx context.Context, name string) ([]string, error) {
	doc, err := s.packument(ctx, name)
	var gone *registry.NotFoundError
	if errors.As(err, &gone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	before := s.cfg.Before(s.app.now())
	numbers := map[string]*semver.Version{}
	for _, v := range doc.VersionList() {
		at, known := doc.Time(v)
		if !before.IsZero() && known && at.After(before) {
			continue
		}
		if number, err := npmrange.ParseVersion(v, true); err == nil {
			numbers[v] = number
		}
	}
	return slices.SortedFunc(maps.Keys(numbers), func(a, b string) int { return npmrange.Compare(numbers[a], numbers[b]) }), nil
}

// checkExpected is npm's --expect-results and --expect-result-count.
func (a *app) checkExpected(cfg *config.Config, n int) error {
	switch {
	case cfg.IsSet("expect-results"):
		if wanted := cfg.Bool("expect-results"); wanted != (n > 0) {
			a.warn("expected %s, got %d", map[bool]string{true: "results", false: "no results"}[wanted], n)
			return &silentError{1}
		}
	case cfg.IsSet("expect-result-count"):
		if wanted := cfg.Int("expect-result-count"); wanted != n {
			a.warn("expected %d, got %d", wanted, n)
			return &silentError{1}
		}
	}
	return nil
}

// queryItem is npm's object: the package.json, and where it stands in the tree.
type queryItem map[string]any

func newQueryItem(n *tree.Node, g *tree.Graph) queryItem {
	item := queryItem(query.Manifest(n))
	from, to := []string{}, []string{}
	for _, e := range n.In {
		from = append(from, e.From.Location)
	}
	for _, e := range n.Out {
		if e.To != nil {
			to = append(to, e.To.Location)
		}
	}
	item["_id"] = fmt.Sprintf("%s@%s", n.PackageName, n.Version)
	maps.Copy(item, queryItem{
		"pkgid": n.ID(), "location": n.Location, "path": n.Path, "realpath": n.RealPath, "resolved": nil,
		"from": from, "to": to, "dev": n.Dev, "inBundle": n.InBundle, "deduped": len(from) > 1, "overridden": n.Overridden,
		"queryContext": map[string]any{},
	})
	if n.Package == nil {
		item["queryContext"] = map[string]any{"missing": true}
		item["path"], item["realpath"], item["dev"] = nil, nil, true
		delete(item, "location")
		return item
	}
	if resolved := n.Resolved(g.Dir); resolved != "" {
		item["resolved"] = resolved
	}
	return item
}

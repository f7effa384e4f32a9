package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/registry/upstream"
)

func newSearchCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "search WORD...",
		Aliases: []string{"find", "s", "se"},
		GroupID: "registry",
		Short:   "Search the configured registries for packages",
		Long: `Search lists packages that have to do with all the words. An npm registry searches
by itself, as for npm 12. Of an index on IPFS, and of an npm registry with --offline
or when it cannot be searched, the names of the packages in it are looked through:
the index's, or those that this machine has used. They have a version and a date,
and no description.

What differs from npm: no link to the package's page is printed.`,
		Example: `  ipnpm search http server
  ipnpm search react --json --searchlimit=5
  ipnpm search lodash --offline`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runSearch(c.Context(), a, args) },
	}
	a.bindConfig(c.Flags(), "parseable", "searchlimit", "searchexclude")
	return c
}

func runSearch(ctx context.Context, a *app, args []string) error {
	words := strings.Fields(strings.ToLower(strings.Join(args, " ")))
	if len(words) == 0 {
		return &hintError{err: errors.New("nothing to search for"), hint: "name one or several words", code: "EUSAGE"}
	}
	return a.withSessionAt(findRoot(a.Dir), func(s *session) error {
		var found []foundPackage
		seen := map[string]bool{}
		for _, key := range s.registryKeys() {
			of, err := s.search(ctx, key, words)
			if err != nil {
				return err
			}
			for _, p := range of {
				if !seen[p.Name] && !p.isExcluded(strings.Fields(s.cfg.String("searchexclude"))) {
					seen[p.Name] = true
					found = append(found, p)
				}
			}
		}
		return a.tellFound(found[:min(len(found), s.cfg.Int("searchlimit"))], args, s.cfg.Bool("parseable"))
	})
}

// search looks through the registry with a key of the lockfile.
func (s *session) search(ctx context.Context, key string, words []string) ([]foundPackage, error) {
	r, err := s.registryAt(key)
	if err != nil {
		return nil, err
	}
	limit := s.cfg.Int("searchlimit")
	npm, ok := r.(*upstreamRegistry)
	if ok && !s.cfg.Bool("offline") {
		data, err := npm.client.Search(ctx, strings.Join(words, " "), limit)
		if err == nil {
			return parseFound(data)
		}
		if !cannotSearch(err) {
			return nil, err
		}
		s.app.warn("%s cannot be searched (%v); these are the packages of it that this machine has used", npm.base.Host, err)
	}
	names, err := s.namesOf(ctx, r)
	if err != nil {
		return nil, err
	}
	return s.foundByName(ctx, r, bestMatches(names, words, limit))
}

// cannotSearch says that a registry has no search, or is out of reach.
func cannotSearch(err error) bool {
	var status *upstream.StatusError
	var network *upstream.NetworkError
	return errors.As(err, &status) || errors.As(err, &network)
}

// namesOf are the names of an index, of an npm registry those of its local one.
func (s *session) namesOf(ctx context.Context, r packageRegistry) ([]string, error) {
	switch r := r.(type) {
	case *upstreamRegistry:
		return r.mirror.Names(ctx)
	case *indexRegistry:
		reader, err := r.open(ctx)
		if err != nil {
			return nil, err
		}
		return reader.Names(r.asking(ctx))
	}
	return nil, fmt.Errorf("%s cannot be searched", r.Describe())
}

// tellFound prints what was found; nothing is no error.
func (a *app) tellFound(found []foundPackage, args []string, parseable bool) error {
	switch {
	case a.json && found == nil:
		return a.printJSON([]foundPackage{})
	case a.json:
		return a.printJSON(found)
	case parseable:
		for _, p := range found {
			fmt.Fprintln(a.Out, p.line())
		}
		return nil
	case len(found) == 0:
		quoted := make([]string, len(args))
		for i, arg := range args {
			quoted[i] = fmt.Sprintf("%q", arg)
		}
		_, err := fmt.Fprintln(a.Out, "No matches found for "+strings.Join(quoted, " "))
		return err
	}
	for _, p := range found {
		fmt.Fprintln(a.Out, a.foundText(p))
	}
	return nil
}

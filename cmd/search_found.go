package cmd

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve"
	"github.com/ipnpm/ipnpm/resolve/pick"
)

// foundPackage is a package as npm's search lists it.
type foundPackage struct {
	Name        string              `json:"name"`
	Version     string              `json:"version"`
	Description manifest.Text       `json:"description,omitempty"`
	Keywords    manifest.StringList `json:"keywords,omitempty"`
	Date        manifest.Text       `json:"date,omitempty"`
	Links       json.RawMessage     `json:"links,omitempty"`
	Publisher   *foundPerson        `json:"publisher,omitempty"`
	Maintainers []foundPerson       `json:"maintainers,omitempty"`
	License     manifest.Text       `json:"license,omitempty"`
}

type foundPerson struct {
	Username string `json:"username"`
	Email    string `json:"email,omitempty"`
}

// parseFound reads a registry's answer, and passes over what is no package.
func parseFound(data []byte) ([]foundPackage, error) {
	var answer struct {
		Objects []struct {
			Package foundPackage `json:"package"`
		} `json:"objects"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, fmt.Errorf("the registry's answer to the search: %w", err)
	}
	var found []foundPackage
	for _, o := range answer.Objects {
		if manifest.ValidateName(o.Package.Name) == nil {
			found = append(found, o.Package)
		}
	}
	return found, nil
}

// bestMatches are the names that have all the words: the name itself first,
// then what begins with the first word, then the shorter ones.
func bestMatches(names, words []string, limit int) []string {
	var found []string
	for _, name := range names {
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(strings.ToLower(name), word) }) {
			found = append(found, name)
		}
	}
	rank := func(name string) int {
		switch {
		case name == strings.Join(words, "-"):
			return 0
		case strings.HasPrefix(name, words[0]):
			return 1
		}
		return 2
	}
	slices.SortFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	return found[:min(len(found), limit)]
}

// foundByName reads the documents of packages that were found by their names.
func (s *session) foundByName(ctx context.Context, r packageRegistry, names []string) ([]foundPackage, error) {
	if batch, ok := r.(resolve.Prefetcher); ok && len(names) > 0 {
		if err := batch.Prefetch(ctx, names); err != nil {
			return nil, err
		}
	}
	var found []foundPackage
	for _, name := range names {
		doc, err := r.Packument(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		p := foundPackage{Name: name}
		v, err := pick.Version(doc, manifest.Spec{Name: name, Raw: "*", Kind: manifest.KindRange, Fetch: "*"}, pick.Options{DefaultTag: s.cfg.String("tag")})
		if err == nil { // and otherwise there is a package without a version to take
			p.Version = v.Version
			if at, known := doc.Time(v.Version); known {
				p.Date = manifest.Text(at.UTC().Format(time.RFC3339))
			}
		}
		found = append(found, p)
	}
	return found, nil
}

// isExcluded says that one of the words is in the package's name, its keywords
// or the names of its people.
func (p foundPackage) isExcluded(words []string) bool {
	about := []string{p.Name}
	for _, m := range p.Maintainers {
		about = append(about, m.Username)
	}
	text := strings.ToLower(strings.Join(append(about, p.Keywords...), " "))
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, strings.ToLower(word)) })
}

// day is the date without the time.
func (p foundPackage) day() string {
	at, err := time.Parse(time.RFC3339, string(p.Date))
	if err != nil {
		return "prehistoric"
	}
	return at.UTC().Format(time.DateOnly)
}

// line is npm's line for programs, with tabs between.
func (p foundPackage) line() string {
	var fields []string
	for _, field := range [...]string{p.Name, string(p.Description), p.day(), p.Version, strings.Join(p.Keywords, ",")} {
		if field != "" {
			fields = append(fields, printableLine(strings.ReplaceAll(field, "\t", " ")))
		}
	}
	return strings.Join(fields, "\t")
}

// foundText is a package for people.
func (a *app) foundText(p foundPackage) string {
	lines := []string{a.paintOut(blue, printableLine(p.Name))}
	if p.Description != "" {
		lines = append(lines, printableLine(string(p.Description)))
	}
	line := "Version " + a.paintOut(blue, printableLine(p.Version))
	if p.Date != "" {
		line += " published " + a.paintOut(blue, p.day())
	}
	if p.Publisher != nil && p.Publisher.Username != "" {
		line += " by " + a.paintOut(blue, printableLine(p.Publisher.Username))
	}
	lines = append(lines, line)
	if len(p.Maintainers) > 0 {
		names := make([]string, len(p.Maintainers))
		for i, m := range p.Maintainers {
			names[i] = m.Username
		}
		lines = append(lines, "Maintainers: "+printableLine(strings.Join(names, " ")))
	}
	if len(p.Keywords) > 0 {
		lines = append(lines, "Keywords: "+printableLine(strings.Join(p.Keywords, " ")))
	}
	return strings.Join(lines, "\n") + "\n"
}

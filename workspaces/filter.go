package workspaces

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/ipnpm/ipnpm/internal/lateregexp"
)

// Changes tells which files differ from a commit, slash-separated and relative
// to the project.
type Changes func(commit string) ([]string, error)

// FilterError says that a filter is malformed, or means no package.
type FilterError struct {
	Filter  string
	Problem string
	// Names are those that there are, for who misspelt one.
	Names []string
}

func (e *FilterError) Error() string { return fmt.Sprintf("filter %q: %s", e.Filter, e.Problem) }

// Select returns the places of the packages that filters in pnpm's language
// mean, in the order of the list. A filter is a name with "*" in it perhaps
// ("@acme/*"; the scope may be left away where that leaves no doubt), a folder
// ("./packages/app", "{packages/**}"), or "[COMMIT]" for what changed since, or
// a folder or name with that behind. "..." behind it adds what it depends on,
// in front of it what depends on it; with "^" next to the dots, only these. "!"
// in front takes away, from all if nothing else is chosen. A folder that begins
// with a dot counts from the folder from, others from the project.
func (g *Graph) Select(filters []string, from string, changes Changes) ([]int, error) {
	chosen, excluded := map[int]bool{}, map[int]bool{}
	only := true // there are only exclusions
	for _, text := range filters {
		f, err := parseFilter(text)
		if err != nil {
			return nil, err
		}
		found, err := g.match(f, from, changes)
		if err != nil {
			return nil, err
		}
		into := chosen
		if f.exclude {
			into = excluded
		}
		only = only && f.exclude
		for _, at := range g.widen(f, found) {
			into[at] = true
		}
	}
	var out []int
	for at := range g.all {
		if (chosen[at] || only) && !excluded[at] {
			out = append(out, at)
		}
	}
	return out, nil
}

// filter is one filter, taken apart.
type filter struct {
	text               string
	name, dir, since   string
	exclude, onlyOther bool
	needs, neededBy    bool
}

var filterPattern = lateregexp.New(`^([^.{}\[\]][^{}\[\]]*)?(?:\{([^{}]+)\})?(?:\[([^\[\]]+)\])?$`)

func parseFilter(text string) (filter, error) {
	f := filter{text: text}
	var circumflex bool
	rest, exclude := strings.CutPrefix(text, "!")
	f.exclude = exclude
	if rest, f.needs = strings.CutSuffix(rest, "..."); f.needs {
		rest, f.onlyOther = strings.CutSuffix(rest, "^")
	}
	if after, ok := strings.CutPrefix(rest, "..."); ok {
		f.neededBy = true
		rest, circumflex = strings.CutPrefix(after, "^")
		f.onlyOther = f.onlyOther || circumflex
	}
	if strings.HasPrefix(rest, ".") {
		f.dir = rest
		if at := strings.IndexByte(rest, '['); at > 0 && strings.HasSuffix(rest, "]") {
			f.dir, f.since = rest[:at], rest[at+1:len(rest)-1]
		}
		return f, nil
	}
	parts := filterPattern.FindStringSubmatch(rest)
	if parts == nil || rest == "" {
		return f, &FilterError{Filter: text, Problem: "want a name, a folder (./x or {x}) or a commit ([x]), perhaps with ... around it"}
	}
	f.name, f.dir, f.since = parts[1], parts[2], parts[3]
	return f, nil
}

// match are the packages that the filter itself names.
func (g *Graph) match(f filter, from string, changes Changes) ([]int, error) {
	found := g.everyone()
	if f.name != "" {
		found = g.named(f.name)
	}
	if f.dir != "" {
		dir := strings.TrimSuffix(path.Clean(f.dir), "/")
		if strings.HasPrefix(f.dir, ".") {
			dir = path.Join(from, f.dir)
		}
		found = slices.DeleteFunc(found, func(at int) bool { return !isIn(g.all[at].Location, dir) })
	}
	if len(found) == 0 && !f.exclude {
		return nil, &FilterError{Filter: f.text, Problem: "no workspace of this project is meant by it", Names: g.names()}
	}
	if f.since == "" {
		return found, nil
	}
	files, err := changes(f.since)
	if err != nil {
		return nil, fmt.Errorf("filter %q: %w", f.text, err)
	}
	changed := g.owners(files)
	return slices.DeleteFunc(found, func(at int) bool { return !changed[at] }), nil
}

func (g *Graph) everyone() []int {
	out := make([]int, len(g.all))
	for i := range out {
		out[i] = i
	}
	return out
}

func (g *Graph) names() []string {
	out := make([]string, len(g.all))
	for i, w := range g.all {
		out[i] = w.Name()
	}
	return out
}

// named are the packages whose names a pattern matches; without a scope also
// the only one that it matches in some scope.
func (g *Graph) named(pattern string) []int {
	find := func(pattern string) (found []int) {
		text := "^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$"
		matches := regexp.MustCompile(text) // of quoted text and ".*"
		for i, w := range g.all {
			if matches.MatchString(w.Name()) {
				found = append(found, i)
			}
		}
		return found
	}
	found := find(pattern)
	if len(found) == 0 && !strings.HasPrefix(pattern, "@") {
		if found = find("@*/" + pattern); len(found) > 1 {
			return nil
		}
	}
	return found
}

// isIn says that a location is a folder, is below it, or matches it.
func isIn(location, dir string) bool {
	ok, err := doublestar.Match(dir, location)
	return ok && err == nil || dir == "." || location == dir || strings.HasPrefix(location, dir+"/")
}

// owners are the packages that files belong to: each to the innermost.
func (g *Graph) owners(files []string) map[int]bool {
	inmost := g.everyone()
	slices.SortStableFunc(inmost, func(a, b int) int {
		return cmp.Compare(len(g.all[b].Location), len(g.all[a].Location))
	})
	out := map[int]bool{}
	for _, file := range files {
		at := slices.IndexFunc(inmost, func(i int) bool {
			location := g.all[i].Location
			return location == "" || strings.HasPrefix(file, location+"/")
		})
		if at >= 0 {
			out[inmost[at]] = true
		}
	}
	return out
}

// widen adds what the dots around a filter ask for.
func (g *Graph) widen(f filter, found []int) []int {
	var out []int
	if !f.onlyOther {
		out = slices.Clone(found)
	}
	for _, at := range found {
		if f.needs {
			out = append(out, others(g.needs, at)...)
		}
		if !f.neededBy {
			continue
		}
		users := others(g.neededBy, at)
		out = append(out, users...)
		for _, user := range users {
			if f.needs && !f.onlyOther {
				out = append(out, others(g.needs, user)...)
			}
		}
	}
	return out
}

// others are what a place reaches, itself apart.
func others(edges [][]int, from int) []int {
	seen := reach(edges, from)
	delete(seen, from)
	return slices.Collect(maps.Keys(seen))
}

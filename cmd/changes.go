package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/lockfile"
)

// maxListed bounds the changes that are listed one by one.
const maxListed = 12

// changes lists what is different now, what package.json names before what
// that brings with it. Of much only the former is listed, and when a project is
// new here, where even that is much, nothing. Who asks only what would be done
// wants to see all of it.
func (a *app) changes(out *outcome) {
	r, direct := out.result, directLocations(out.before, out.lock)
	var all []install.Change
	groups := [...][]install.Change{r.Added, r.Changed, r.Removed}
	many := !out.dry && len(r.Added)+len(r.Changed)+len(r.Removed) > maxListed
	for _, group := range groups {
		for _, c := range group {
			if !many || direct[c.Location] {
				all = append(all, c)
			}
		}
	}
	if !out.dry && len(all) > maxListed {
		all = slices.DeleteFunc(all, func(c install.Change) bool { return c.From == "" })
	}
	slices.SortStableFunc(all, func(x, y install.Change) int {
		return rankOf(direct[x.Location]) - rankOf(direct[y.Location])
	})
	for _, c := range all {
		switch {
		case slices.Contains(r.Removed, c):
			a.change(a.paintOut(red, "-"), c.Name, c.From)
		case c.From == c.Version && len(r.Ran) > 0:
			// It was made anew for its scripts, which are told of.
		case c.From == "" || c.From == c.Version:
			a.change(a.paintOut(green, "+"), c.Name, c.Version)
		default:
			a.change(a.paintOut(yellow, "~"), c.Name, c.From, "→", c.Version)
		}
	}
}

// change prints one line. A link, as to a workspace, has no version.
func (a *app) change(words ...string) {
	words = slices.DeleteFunc(words, func(word string) bool { return word == "" })
	fmt.Fprintln(a.Out, strings.Join(words, " "))
}

// ranLine says which packages' own scripts ran.
func ranLine(ran []string) string {
	var parts []string
	for _, each := range ran {
		location, event, _ := strings.Cut(each, " ")
		if i := strings.LastIndex(location, "node_modules/"); i >= 0 {
			parts = append(parts, location[i+len("node_modules/"):]+" ("+event+")")
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "ran the scripts of " + enumerate(parts, maxListed)
}

func rankOf(direct bool) int {
	if direct {
		return 0
	}
	return 1
}

// directLocations are where the dependencies of the project and its workspaces
// are, by the lockfile of before and that of now.
func directLocations(locks ...*lockfile.Lockfile) map[string]bool {
	direct := map[string]bool{}
	for _, lock := range locks {
		if lock == nil {
			continue
		}
		for location, pkg := range lock.Packages {
			if strings.Contains(location, "node_modules/") {
				continue
			}
			for _, group := range [...]map[string]string{pkg.Dependencies, pkg.DevDependencies, pkg.OptionalDependencies, pkg.PeerDependencies} {
				for name := range group {
					direct[lock.Find(location, name)] = true
				}
			}
		}
	}
	return direct
}

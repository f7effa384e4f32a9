package main

import (
	"fmt"
	"slices"
	"strings"
)

// situation is what a tool finds before a timed run.
type situation struct {
	name string
	// of the cache, the lockfile and node_modules, those that are there.
	cache, lockfile, modules bool
}

const (
	clean        = "clean"
	lockfile     = "lockfile"
	update       = "update"
	lockfileOnly = "lockfile-only"
)

// allSituations are the nine of pnpm's public benchmark and "lockfile-only":
// the tree is resolved from warm documents and written down, and nothing else.
// "nothing to do" is cache, lockfile and node_modules. They are timed in this
// order: the first leaves the cache and the lockfile that others start from;
// those with node_modules work in its folder, one after the other.
func allSituations() []situation {
	return []situation{
		{name: clean},
		{name: lockfile, lockfile: true},
		{name: "cache", cache: true},
		{name: "cache+lockfile", cache: true, lockfile: true},
		{name: "nothing to do", cache: true, lockfile: true, modules: true},
		{name: "lockfile+node_modules", lockfile: true, modules: true},
		{name: "cache+node_modules", cache: true, modules: true},
		{name: "node_modules", modules: true},
		{name: update, cache: true, lockfile: true, modules: true},
		{name: lockfileOnly, cache: true},
	}
}

// chooseSituations reads a list by commas.
func chooseSituations(list string) ([]situation, error) {
	all := allSituations()
	if list == "" {
		return all, nil
	}
	wanted := strings.Split(list, ",")
	for _, name := range wanted {
		if !slices.ContainsFunc(all, func(s situation) bool { return s.name == name }) {
			return nil, fmt.Errorf("no situation %q; there are %s", name, strings.Join(names(all), ", "))
		}
	}
	return slices.DeleteFunc(all, func(s situation) bool { return !slices.Contains(wanted, s.name) }), nil
}

func names(list []situation) []string {
	var all []string
	for _, s := range list {
		all = append(all, s.name)
	}
	return all
}

// folder is the situation's name as part of a path.
func (s situation) folder() string { return strings.ReplaceAll(s.name, " ", "-") }

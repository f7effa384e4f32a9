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

	// Those of a project of many workspaces.
	buildSome = "build one and its own"
	buildAll  = "build all"
	updateOne = "update one"
)

// inWorkspaces are the situations that only the monorepo has. What runs is no
// install there, and not every tool has it.
func inWorkspaces() []situation {
	var out []situation
	for _, name := range [...]string{buildSome, buildAll, updateOne} {
		out = append(out, situation{name: name, cache: true, lockfile: true, modules: true})
	}
	return out
}

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

// defaultSituations are those that are timed of a project when nobody chose.
func defaultSituations(project string) []situation {
	if project != monorepoName {
		return allSituations()
	}
	return append([]situation{
		{name: clean},
		{name: "cache+lockfile", cache: true, lockfile: true},
		{name: "nothing to do", cache: true, lockfile: true, modules: true},
	}, inWorkspaces()...)
}

// chooseSituations reads a list by commas of those that a project has.
func chooseSituations(project, list string) ([]situation, error) {
	if list == "" {
		return defaultSituations(project), nil
	}
	all := allSituations()
	if project == monorepoName {
		all = append(all, inWorkspaces()...)
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

// isCommand says that what runs is no install, but a command that a tool may
// not have.
func (s situation) isCommand() bool {
	return slices.ContainsFunc(inWorkspaces(), func(w situation) bool { return w.name == s.name })
}

// folder is the situation's name as part of a path.
func (s situation) folder() string { return strings.ReplaceAll(s.name, " ", "-") }

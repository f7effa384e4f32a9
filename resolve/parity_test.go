package resolve

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
)

var (
	// As many as there are options to build them with; more are `make parity`.
	graphs    = flag.Int("graphs", len(parityOptions()), "random graphs a taste to compare with npm")
	firstSeed = flag.Uint64("seed", 1, "seed of the first random graph")
)

// TestRandomGraphs compares the trees of random projects, among them many that
// nobody would write, with npm's.
func TestRandomGraphs(t *testing.T) {
	npm := startArborist(t)
	options := parityOptions()
	for _, name := range sortedKeys(tastes()) {
		t.Run(name, func(t *testing.T) {
			bad, compared, unanswered := 0, 0, 0
			count := func(answer npmAnswer) {
				compared++
				if answer.silent() {
					unanswered++
				}
			}
			for seed := *firstSeed; seed < *firstSeed+uint64(*graphs); seed++ {
				w := randomWorld(seed, tastes()[name])
				w.options = options[seed%uint64(len(options))]
				diffs, answer := compareWorld(t, npm, w, nil)
				count(answer)
				if len(diffs) == 0 && answer.Code == "" && !answer.loops() {
					// Then again with that lock and another package.json, and
					// once more with the result.
					for i := range uint64(2) {
						w.mutate(seed*10 + i)
						diffs, answer = compareWorld(t, npm, w, answer.Raw)
						count(answer)
						if len(diffs) > 0 {
							diffs = append(diffs, fmt.Sprintf("(change %d, update %v %v)", i+1, w.options.Update, w.options.UpdateAll))
							break
						}
						if answer.Code != "" || answer.loops() {
							break
						}
						w.options.Update, w.options.UpdateAll = nil, false
					}
				}
				if len(diffs) == 0 {
					continue
				}
				bad++
				slices.Sort(diffs)
				if bad <= 6 {
					t.Errorf("seed %d %s: %d differences:\n%s", seed, optionText(w.options), len(diffs), joinLines(diffs[:min(len(diffs), 6)]))
				}
			}
			t.Logf("%d of %d worlds differ, in %d graphs; npm itself had no answer to %d", bad, *graphs, compared, unanswered)
		})
	}
}

func optionText(o Options) string {
	return fmt.Sprintf("%+v", npmOptions(o))
}

// silent reports whether npm did not come to an end or tripped over itself,
// which says nothing about the tree.
func (a npmAnswer) silent() bool { return a.Code == "TIMEOUT" || a.Code == "ERROR" }

// loops reports whether npm cut an endless nesting with a link into
// node_modules. From a lockfile with such a link npm drops the package that is
// linked to, even one that the root needs.
func (a npmAnswer) loops() bool {
	for _, p := range a.Packages {
		if p.Link && strings.Contains("/"+p.Resolved, "/node_modules/") {
			return true
		}
	}
	return false
}

func tastes() map[string]taste {
	return map[string]taste{
		"plain":       {packages: 12, majors: 3, deps: 50},
		"deep":        {packages: 30, majors: 2, deps: 60},
		"peers":       {packages: 10, majors: 2, deps: 35, peers: 25},
		"peerheavy":   {packages: 12, majors: 3, deps: 30, peers: 40, optionalPeers: 15},
		"optional":    {packages: 12, majors: 3, deps: 40, optionals: 30, missing: 6},
		"workspaces":  {packages: 12, majors: 3, deps: 40, peers: 10, workspaces: 4},
		"overrides":   {packages: 12, majors: 3, deps: 60, overrides: 1},
		"nestedrules": {packages: 12, majors: 3, deps: 60, overrides: 2},
		"ruledspaces": {packages: 12, majors: 3, deps: 60, workspaces: 3, overrides: 1},
		"ruledpeers":  {packages: 12, majors: 3, deps: 40, peers: 15, workspaces: 3, overrides: 2},
		"aliases":     {packages: 10, majors: 3, deps: 45, peers: 8, aliases: 25},
		"shaky":       {packages: 12, majors: 3, deps: 45, peers: 10, optionals: 20, shaky: 40},
		"mixed":       {packages: 16, majors: 3, deps: 40, peers: 12, optionalPeers: 12, optionals: 8, workspaces: 2},
	}
}

func parityOptions() []Options {
	return []Options{{}, {}, {LegacyPeerDeps: true}, {Force: true}, {StrictPeerDeps: true}, {PreferDedupe: true},
		{Strategy: Nested}, {Strategy: Shallow}}
}

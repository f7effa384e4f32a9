package registry

import (
	"cmp"
	"slices"
	"strings"
)

// maxNear is how many suggestions an error carries.
const maxNear = 3

// Near returns those of among that name may be a slip of the hand for, best
// first, at most three: a few letters away, fewer for a short name (a swap of
// neighbours counts one), or equal but for case, hyphens, dots and scope.
func Near(name string, among []string) []string {
	type candidate struct {
		name string
		away int
	}
	var found []candidate
	limit := min(3, 1+len(name)/6)
	plain := plainName(name)
	for _, other := range among {
		if other == name {
			continue
		}
		away := distance(name, other, limit)
		if away > limit && plainName(other) == plain {
			away = limit
		}
		if away <= limit {
			found = append(found, candidate{other, away})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.away, b.away), cmp.Compare(a.name, b.name))
	})
	var names []string
	for _, c := range found[:min(len(found), maxNear)] {
		names = append(names, c.name)
	}
	return names
}

// plainName is what of a name people remember.
func plainName(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	return strings.ToLower(strings.NewReplacer("-", "", ".", "", "_", "").Replace(name))
}

// distance is the optimal string alignment distance of two texts in bytes, or
// some number above limit as soon as it must exceed that.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	before, last, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(last[j]+1, next[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			next[j] = d
			best = min(best, d)
		}
		if best > limit {
			return limit + 1
		}
		before, last, next = last, next, before
	}
	return last[len(b)]
}

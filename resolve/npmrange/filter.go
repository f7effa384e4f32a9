package npmrange

import (
	"cmp"
	"slices"
)

// Filter returns those of texts that satisfy r, highest first, equals in the
// order given. Each is read with the range's own Loose; what is no version is
// left out. It is meant for all versions of a package at once, and so makes no
// *semver.Version of any.
func (r *Range) Filter(texts []string) []string {
	type found struct {
		version
		place int
	}
	var all []found
	for i, s := range texts {
		if v, _, why := parseVersion(s, r.opts.Loose); why == "" && r.test(&v) {
			all = append(all, found{v, i})
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		if c := b.compare(&a.version); c != 0 {
			return c
		}
		return cmp.Compare(a.place, b.place)
	})
	out := make([]string, len(all))
	for i, f := range all {
		out[i] = texts[f.place]
	}
	return out
}

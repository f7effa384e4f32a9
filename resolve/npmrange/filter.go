package npmrange

import "slices"

// Filter returns those of texts that satisfy r, highest first, equals in the
// order given. Each is read with the range's own Loose; what is no version is
// left out. It is meant for all versions of a package at once, and so makes no
// *semver.Version of any.
func (r *Range) Filter(texts []string) []string {
	type found struct {
		version
		text string
	}
	var all []found
	for _, s := range texts {
		if v, _, why := parseVersion(s, r.opts.Loose); why == "" && r.test(v) {
			all = append(all, found{v, s})
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return b.compare(a.version) })
	out := make([]string, len(all))
	for i, f := range all {
		out[i] = f.text
	}
	return out
}

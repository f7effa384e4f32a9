package manifest

import (
	"path"
	"slices"
)

// SelectWorkspaces returns the places in all of the workspaces that npm's
// --workspace filters name: by name, by folder, or by a folder around them.
// Paths in filters are slash-separated and count from the folder from, which
// is relative to the project; patterns may be among them. The order is that of
// the filters. Without filters, all are named.
func SelectWorkspaces(all []Workspace, filters []string, from string) []int {
	var out []int
	for i := range all {
		if len(filters) == 0 {
			out = append(out, i)
		}
	}
	for _, filter := range filters {
		for i, w := range all {
			if w.named(filter, from) && !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
	}
	return out
}

func (w Workspace) named(filter, from string) bool {
	here := path.Join(from, filter)
	return filter == w.Name() || here == w.Location || matches(path.Join(here, "*"), w.Location)
}

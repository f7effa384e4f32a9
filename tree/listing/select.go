package listing

import (
	"slices"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
	"github.com/ipnpm/ipnpm/tree"
)

// Wanted is a package that was named, with the versions that are meant.
type Wanted struct {
	spec     manifest.Spec
	versions *npmrange.Range
}

// ParseWanted reads name, name@version or name@range.
func ParseWanted(arg string) (Wanted, error) {
	spec, err := manifest.ParseArg(arg)
	if err != nil {
		return Wanted{}, err
	}
	w := Wanted{spec: spec}
	if kind := spec.Target().Kind; kind == manifest.KindRange || kind == manifest.KindVersion {
		w.versions, err = spec.Target().Range()
	}
	return w, err
}

// matches says that a node is meant. What names no versions names none that
// could be compared: npm finds nothing then either.
func (w Wanted) matches(n *tree.Node) bool {
	return n.Name == w.spec.Name && w.versions != nil && (w.spec.Target().Fetch == "*" || w.versions.TestString(n.Version))
}

// follows says that a dependency of the project itself is of what was chosen.
func (w *walk) follows(e *tree.Edge) bool {
	o := w.options
	isWorkspace := e.To != nil && e.To.Workspace
	switch {
	case !e.From.IsRoot():
		return true
	case o.NoWorkspaces:
		return !isWorkspace
	case o.Workspaces == nil:
		return true
	case o.WithRoot && e.To != nil && !isWorkspace:
		return true
	}
	return isWorkspace && slices.Contains(o.Workspaces, e.To.Real().Location)
}

// keeps says that a dependency of the project or a workspace is of a kind that
// is listed.
func (w *walk) keeps(e *tree.Edge) bool {
	for _, kind := range w.options.Omit {
		if kind == "dev" && e.Kind == "dev" || kind == "optional" && e.IsOptional() || kind == "peer" && e.IsPeer() {
			return false
		}
	}
	return !w.options.Link || e.To != nil && e.To.Target != nil
}

package resolve

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// A "workspace:" spec of pnpm, Yarn and bun asks for a package of the project
// and for nothing else: where npm would take a version of that name from the
// registry when the workspace's own does not satisfy, this is an error. What
// it resolves to is a link, as for every workspace.

// WorkspaceError says that a "workspace:" spec fits no package of the project.
type WorkspaceError struct {
	Spec manifest.Spec
	// Found is the workspace that has the name but not a version in the
	// spec's range; nil when none has the name.
	Found *manifest.Workspace
	// Near are the workspaces that may have been meant: those whose names are
	// alike, or else all, as far as there are few.
	Near []string
}

func (e *WorkspaceError) Error() string {
	switch {
	case e.Found == nil && isWorkspacePath(e.Spec):
		return "no workspace of the project is in the folder " + e.Spec.Fetch
	case e.Found == nil:
		return "no workspace of the project has the name " + workspaceName(e.Spec)
	}
	version := "has no version"
	if e.Found.Manifest.Version != "" {
		version = "is version " + e.Found.Manifest.Version
	}
	return fmt.Sprintf("the workspace %s (%s) %s, not %s", e.Found.Name(), e.Found.Location, version, e.Spec.Fetch)
}

// Hint names the workspaces that there are.
func (e *WorkspaceError) Hint() string {
	switch {
	case e.Found != nil:
		return "write workspace:^ for whatever version it has, or another range"
	case len(e.Near) > 0:
		return "did you mean " + strings.Join(e.Near, ", ") + "?"
	}
	return "only packages that \"workspaces\" of package.json names can be asked for with workspace:"
}

// fewWorkspaces is how many names an error lists that are not alike.
const fewWorkspaces = 10

// members are the packages that "workspace:" can name: the workspaces and the
// project itself.
type members []manifest.Workspace

func membersOf(r *Request) members {
	list := slices.Clone(r.Workspaces)
	if r.Root != nil && r.Root.Name != "" {
		list = append(list, manifest.Workspace{Manifest: r.Root})
	}
	return list
}

// named finds the workspace that r asks for by name, and sets where it is.
func (m members) named(r *requirement) {
	name := workspaceName(r.spec)
	at := slices.IndexFunc(m, func(w manifest.Workspace) bool { return w.Name() == name })
	if at < 0 {
		r.err = m.unknown(r.spec, name)
		return
	}
	if !r.any && !r.versions.TestString(m[at].Manifest.Version) {
		r.err = &WorkspaceError{Spec: r.spec, Found: &m[at]}
		return
	}
	r.folder = m[at].Location
}

func workspaceName(spec manifest.Spec) string {
	if spec.Sub != nil {
		return spec.Sub.Name
	}
	return spec.Name
}

// has tells the name of a workspace.
func (m members) has(name string) bool {
	return slices.ContainsFunc(m, func(w manifest.Workspace) bool { return w.Location != "" && w.Name() == name })
}

// at is the workspace in a folder, as an error when there is none.
func (m members) at(location string, spec manifest.Spec) error {
	if slices.ContainsFunc(m, func(w manifest.Workspace) bool { return w.Location == location }) {
		return nil
	}
	return m.unknown(spec, path.Base(location))
}

func (m members) unknown(spec manifest.Spec, name string) *WorkspaceError {
	names := make([]string, 0, len(m))
	for _, w := range m {
		if w.Location != "" {
			names = append(names, w.Name())
		}
	}
	near := registry.Near(name, names)
	if len(near) == 0 && len(names) <= fewWorkspaces {
		near = names
	}
	return &WorkspaceError{Spec: spec, Near: near}
}

// isWorkspacePath says that "workspace:" is followed by a folder.
func isWorkspacePath(spec manifest.Spec) bool {
	return strings.HasPrefix(spec.Fetch, ".") || strings.HasPrefix(spec.Fetch, "/")
}

// workspaceFolder is the folder that a "workspace:" spec of from leads to.
func (r *requirement) workspaceFolder(from *Node) string {
	switch text := r.spec.Fetch; {
	case strings.HasPrefix(text, "/"):
		return folderPath(path.Clean(text[1:]))
	case strings.HasPrefix(text, "."):
		return folderPath(path.Join(from.baseFolder(), text))
	}
	return r.folder
}

// workspaceNode is the folder that a "workspace:" spec leads to.
func (b *builder) workspaceNode(e *Edge, want *requirement) (*Node, error) {
	where := want.workspaceFolder(e.from)
	if err := b.source.members.at(where, want.spec); err != nil {
		return nil, err
	}
	return b.knownFolder(where), nil
}

// knownFolder is the node of a folder that is in the tree already or belongs to a
// workspace; nil for others.
func (b *builder) knownFolder(where string) *Node {
	if n := b.tree.tops[where]; n != nil {
		return n
	}
	for _, ws := range b.request.Workspaces {
		if ws.Location == where {
			return b.newFolder(where, ws.Manifest)
		}
	}
	return nil
}

package tree

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/resolve"
)

// snapshot copies a loaded tree.
func snapshot(dir string, t *resolve.Tree, packages map[string]*lockfile.Package, paths map[string]string) *Graph {
	g := &Graph{Dir: dir, at: map[string]*Node{}}
	of := map[*resolve.Node]*Node{}
	all := t.Nodes()
	for _, from := range all {
		n := newNode(from, packages)
		n.Path = filepath.Join(dir, filepath.FromSlash(n.Location))
		n.RealPath = n.Path
		if real := paths[n.Location]; real != "" {
			n.RealPath = real
		}
		of[from], g.at[n.Location] = n, n
		g.Nodes = append(g.Nodes, n)
	}
	g.Root = g.at[""]
	g.Root.Name = filepath.Base(dir) // npm's name for it; the package's is another
	for _, from := range all {
		of[from].connect(from, of)
	}
	// By location, so that the order does not depend on that of loading.
	for _, n := range g.Nodes {
		for _, e := range n.Out {
			if e.To != nil {
				e.To.In = append(e.To.In, e)
			}
		}
	}
	return g
}

func newNode(from *resolve.Node, packages map[string]*lockfile.Package) *Node {
	return &Node{
		Location: from.Location(), Name: from.Name(), PackageName: from.PackageName(), Version: from.Version(),
		Package: packages[from.Target().Location()],
		Dev:     from.Dev(), Optional: from.Optional(), DevOptional: from.DevOptional(), Peer: from.Peer(),
		Extraneous: from.Extraneous(),
		InBundle:   from.InBundle(), Overridden: from.Overridden(), Workspace: from.IsWorkspace(),
	}
}

// connect joins a node to the others, once all are there.
func (n *Node) connect(from *resolve.Node, of map[*resolve.Node]*Node) {
	n.Parent, n.Owner = of[from.Parent()], of[from.Owner()]
	if from.IsLink() {
		n.Target = of[from.Target()]
		n.RealPath = n.Target.RealPath
		n.Target.Links = append(n.Target.Links, n)
	}
	for child := range from.Children() {
		n.Children = append(n.Children, of[child])
	}
	for e := range from.Edges() {
		edge := &Edge{
			From: n, To: of[e.To()], Name: e.Name(), Spec: e.Spec(), Raw: e.Raw(), Kind: e.Kind(),
			Problem: Problem(e.Problem()), Bundled: e.Bundled(),
		}
		if folder, ok := strings.CutPrefix(edge.Spec, "file:"); ok && edge.Kind == "workspace" {
			// npm's is absolute.
			edge.Spec = "file:" + filepath.ToSlash(filepath.Join(n.Path, filepath.FromSlash(folder)))
			edge.Raw = edge.Spec
		}
		n.Out = append(n.Out, edge)
	}
	slices.SortFunc(n.Out, func(a, b *Edge) int { return lockfile.Compare(a.Name, b.Name) })
}

package audit

import "github.com/ipnpm/ipnpm/tree"

// Within are the nodes that some of the project's folders depend on, near and
// far, with the folders; nil for nil. The project's own folder is "", without
// its workspaces.
func Within(g *tree.Graph, folders []string) map[*tree.Node]bool {
	if folders == nil {
		return nil
	}
	within := map[*tree.Node]bool{}
	var visit func(n *tree.Node)
	visit = func(n *tree.Node) {
		if n == nil || within[n] {
			return
		}
		within[n] = true
		visit(n.Target)
		for _, e := range n.Out {
			if e.Kind != "workspace" {
				visit(e.To)
			}
		}
	}
	for _, folder := range folders {
		visit(g.At(folder))
	}
	return within
}

package tree

// Reach is all that some nodes lead to, themselves included, links with what
// they lead to. Without workspaces the way does not go through those.
func (g *Graph) Reach(from []*Node, workspaces bool) map[*Node]bool {
	reached := map[*Node]bool{}
	for queue := from; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		if reached[n] || n.Workspace && !workspaces {
			continue
		}
		reached[n] = true
		if n.Target != nil {
			queue = append(queue, n.Target)
		}
		for _, e := range n.Out {
			if e.To != nil {
				queue = append(queue, e.To)
			}
		}
	}
	return reached
}

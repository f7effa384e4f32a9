// Package tree is an installed project as a graph: what lies in its
// node_modules, and who depends on what of it. The commands that read a
// project (ls, why, query, outdated …) all look at this one.
//
// [Read] looks at the disk and takes no lockfile's word for what is there. A
// package whose name and version are those of the lockfile at the same place
// is described by the lockfile's entry, which knows what a package.json does
// not say: CID, integrity, where it is from, what packageExtensions added.
// Anything else is described by its own package.json. [Locked] is the same
// graph of a lockfile alone, with the packages for all platforms.
//
//	g, err := tree.Read(ctx, tree.Options{Dir: dir, Root: m, Lock: lock})
//	for _, n := range g.Nodes { // the root first, in npm's order of locations
//		for _, e := range n.Out { // e.To is nil where nothing is found
//			if e.Problem != "" { … }
//		}
//	}
//
// What an edge leads to, whether it is valid (overrides counted), and which
// flags nodes have, is package resolve's judgement: Read writes down what it
// found as a lockfile, and resolve loads that as it loads any other. A Graph
// is a snapshot of the result, and nothing changes it.
//
// # Layouts
//
// A node's Location is where the hoisted layout has it. In the linked layout
// node_modules holds links into the virtual store, where a package's own
// dependencies lie beside it. Those links are followed, and each package that
// they lead to appears under its location in the lockfile, so that one project
// reads alike in both layouts; RealPath tells where its files are. Links that
// the lockfile has, to workspaces and other folders, are nodes with a Target.
package tree

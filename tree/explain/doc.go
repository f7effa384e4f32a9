// Package explain says why a package is in a tree: who asks for it, and who
// for that, up to the project. The types are npm's --json of `explain`.
//
// A node is explained once, by whoever comes by first; what is being explained
// already appears by name and version alone, and so ends a circle. Since the
// explanations of shared dependents are shared, the work grows with the tree
// and not with the number of ways through it. The text is each way in full, as
// npm's is.
package explain

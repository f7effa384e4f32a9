// Package listing decides what `ls` shows of a tree: which packages, in which
// order, under whom, and what is wrong with each. How that is written is the
// command's.
//
// The rules are npm's. The tree is walked breadth first, and a package that
// was met before is shown again by its name alone (deduped); a dependency that
// is not there is an item too. Of named packages only those are shown, with all
// that lead to them.
package listing

// Package resolve decides which version of what satisfies whom, and where in
// node_modules it is placed. The result is npm's: the same picks, the same
// places, the same flags, so that a project may change between the two without
// its tree changing.
//
// # How a tree comes about
//
// The tree is grown from the root, breadth first. A node whose dependencies
// are not all met is taken from a queue (shallow ones first, then by path),
// and for each edge that is a problem a package is picked, together with the
// peers it needs, and then placed.
//
// The pick happens in a virtual root: a copy of the depending node, empty of
// packages, in which the candidate and its whole peer set are tried out
// (virtual.go). The placement climbs from the depending node towards the root
// and takes the highest folder in which the candidate and its peers do no harm
// (check.go answers that and changes nothing; place.go changes the tree by the
// answer). What a placement invalidates is queued again.
//
// A lockfile is loaded as the tree to begin with (locked.go); edges that it
// satisfies keep their nodes, and only the others are problems. So a lock that
// satisfies everything asks the index nothing.
//
// # Speed
//
// Placement asks for one package after the other, which over a network is
// slow; so a concurrent crawl (crawl.go) first walks the same dependencies and
// leaves every document, pick and parsed spec in a cache (source.go), from
// which placement then reads at memory speed. The crawl decides nothing: what
// it failed to foresee is fetched when placement asks. What the project itself
// wants and the lockfile lacks is asked for while that is being loaded (ahead.go).
//
// The package touches neither disk nor network; see [Index], [Local] and
// [Bundles] for what it asks of others.
//
// The rules were learnt from npm's arborist (npm 12); edges of one kind are
// taken in order of name, where npm takes them in the order in which the
// package.json has them.
package resolve

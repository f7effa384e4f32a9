// Package install makes a project's node_modules what a lockfile says. It
// never resolves: it imports neither the resolver nor the registry, so a
// version that is not in the lockfile cannot be installed.
//
// The work has five steps, each in files of its own:
//
//   - select: which locations of the lockfile are wanted on this platform,
//     given what is omitted (select.go, platform.go, graph.go).
//   - plan: the difference between what is wanted and what is there, by the
//     recorded state or, in a tree that npm made, by its hidden lockfile
//     (plan.go, scan.go, state.go). Nothing is changed yet.
//   - unpack: every wanted tarball extracted once per machine into the
//     unpacked store, a folder a content key (unpacked.go).
//   - apply: old folders renamed aside, new ones linked file by file from the
//     store (apply.go, place.go, linkfile.go), then bins (bins.go, shim.go).
//   - scripts: the approved ones run, the others are listed (scripts.go and
//     package lifecycle).
//
// # The linked layout
//
// With Options.Virtual a step comes between select and plan: the selection is
// read as a graph (isolate.go), the entries that the virtual store lacks are
// made, scripts run included (linked.go, linkedbuild.go, package virtual), and
// the selection becomes that of the links which the project's own folders
// declare. These are planned and applied like anything else, so that a project
// can go from one layout to the other, and be killed on the way. The graph
// follows npm's: an edge leads to what Node's look-up finds in the hoisted
// layout, only declared dependencies have edges, and the root gets links to the
// workspaces that it declares.
//
// # What a crash leaves
//
// Before the first change the state file is replaced by one marked pending,
// which vouches only for the folders that the plan keeps. It is replaced again
// by the complete one at the very end. A run that finds a pending state
// redoes every folder that the state does not vouch for, so a half-linked
// folder is never taken for a package. Two installs in one project are
// serialised by a lock file, node_modules/.ipnpm-lock.
//
// An error (as opposed to a crash) puts the renamed folders back where it can,
// as npm does, and takes away what it had placed. Downloads come before the first
// change whenever there is an old tree to lose.
//
// # What is hostile
//
// The lockfile is input from outside: locations, names, keys, link targets and
// bins are checked (location.go, bins.go) before they become paths. Symbolic
// links in the place of node_modules, of a scope folder or of a package are
// removed, never followed. Only a workspace folder may be reached through a
// link, and only when it leads to a place inside the project.
package install

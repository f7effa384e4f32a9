// Package virtual is the machine's virtual store: packages laid out ready to
// be required, each beside links to the very versions of its dependencies, so
// that a project of the linked layout needs nothing but a symbolic link to
// each package that it declares.
//
//	<dir>/node_modules/.store/<key>/node_modules/<name>/…   a package's files
//	<dir>/node_modules/.store/<key>/node_modules/<dep>      ../../<key>/node_modules/<dep>
//	<dir>/node_modules/.store/<key>/contents                the files' listing
//	<dir>/node_modules/.store/.tmp-…                        being made, or left by a crash
//	<dir>/projects/<hash>                                   who uses the store
//	<dir>/lock                                              installs share it, pruning has it alone
//
// # Keys
//
// An entry's key is a hash of what its packages are and of what they find when
// they look for their dependencies: content, name and version, and for each
// link its place and the entry that it leads to, whose key says the same of
// what comes next. So equal keys mean equal behaviour, whichever project asked
// first, and a package has as many entries as it has sets of dependencies. What
// was built by an install script says so in its key, with what it was built
// for: a project that did not approve the script never meets its work.
//
// A key is the hash and nothing else, 26 characters. With the name and version
// before it, as pnpm and npm have it, a link to an entry was longer than the 59
// bytes that ext4 keeps in the inode itself, and each of some thousand links took
// a block of the disk and of its journal: a tenth of the time of a first install.
// Now those to names of up to 13 characters fit. Paths are shorter too, which
// Windows limits. The name still ends the path.
//
// Packages that depend on each other in a circle have no first one whose key
// could be made. They are told apart by refining: two are the same while they
// look the same and their links lead to the same (graph.go). Such a circle is
// one entry, with a numbered folder for each package in it.
//
// # Complete by existence
//
// An entry is made under a temporary name, and renamed after all entries that
// it leads to have been. An entry that is there is therefore whole, with
// everything below it, and a project has to look at its direct dependencies
// alone. Entries never change, so that two processes that make the same one
// need no agreement: the first rename wins. One that is to be built again is made
// anew, and exchanged for the old one when it is whole.
//
// Links in the store are relative, so that it can be moved as a whole; links
// from projects are absolute, so that projects can. An entry that leads to a
// folder of a project (a package whose peer is a workspace) names the folder
// absolutely and is that project's own.
//
// # The path
//
// npm knows packages of its own linked layout by "/node_modules/.store/" in
// their path, and expects no devDependencies there. The store is laid out so,
// and npm ls reads a project's tree through its links.
//
// # Removal
//
// Prune follows the links of the projects that were registered and removes
// what none of them leads to. A project that was copied or moved is registered
// again by its next install.
package virtual

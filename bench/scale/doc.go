// Package scale tells how costs grow. It makes projects and indexes of three
// sizes, each four times the one before, takes every step of an install and of
// an index through all of them, and prints what each took and with which power
// of the size that grew: 1 is linear, n log n reads as 1.1 to 1.2 at these
// sizes, 2 is a fault.
//
// # Projects
//
// There is no public project of 10,000 packages to record, so the packages are
// made up, always the same ones for a size, in the shape that npm's have: a
// package depends on up to three others, most of them near, some of them those
// that everybody depends on; one dependency in eight wants another major than
// the rest, so that packages are nested. The project itself depends on every
// eighth package. Or else it has workspaces, each with twenty dependencies and
// two other workspaces. Sizes are those of the tree that comes out, in
// locations. Each package is a real tarball of three files.
//
// # Indexes
//
// An index is written by registry.Writer with a small document a name, none of
// them scoped, and read by registry.Reader through ipfsstore, cold from a
// trustless gateway on loopback that answers from memory, single blocks only, and
// warm from the disk by a store that is opened anew. An update changes one
// document in a hundred.
// What it writes is what a mirror has to fetch.
package scale

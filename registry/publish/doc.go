// Package publish is what a publisher does to a registry of their own: releases
// are added, taken back and deprecated, and tags are moved.
//
// Of everything that makes a release the tarball is the witness: [Read] takes
// name, version and dependencies from the package.json that is inside, never
// from the folder that it was packed from, so that the index cannot say other
// than what is installed. Whether it may be published is decided in two places:
// [Release.Check] looks at the release alone, [Release.Add] at the document that
// it comes into.
//
// The rules are npm's own and its registry's: a name that is lower case, a
// version that is one, nothing private, a prerelease or a version below the
// highest only under a tag that was asked for. One is harder than any server's:
// a version that was ever published with other bytes stays that, even when it
// was unpublished meanwhile (see [Former]). Whoever locked it has its digest, and
// would be told of an attack.
//
// [Edit] applies changes to documents of an index and lays out its next state.
// Signing that is for whoever has the key, which is all the access control that
// there is.
package publish

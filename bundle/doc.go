// Package bundle is the format in which a project's packages cross an air gap:
// what a machine without a network must be given so that it can install, add
// and resolve as if it had one.
//
// # Layout
//
// A bundle is a UnixFS directory, and travels as a CAR of that one root:
//
//	/bundle.json              Manifest: format, and of each registry the root
//	/ipnpm-lock.json          the lockfile, as it is encoded
//	/records/<k51…>           the signed IPNS record of each registry that has one
//	/index/<CID>              the blocks of the registries' indexes
//	/tarballs/<name@version>.tgz
//
// An index is itself a directory of CIDs, and a bundle has only that part of it
// which leads to the packages of the lockfile. To link to its root would make a
// directory that nobody can have whole, and that no tool would import or pin. So
// /index holds each block of the part as a file of its own, called by the block's
// CID and linked to as raw bytes: a store that finds blocks by their hash, as
// ours and Kubo's do, has the index itself once it has those files.
//
// # Increments
//
// A bundle's root names everything in it, so the next one may leave out every
// block that is below an earlier root. Its directory still names them: to read
// it takes both.
//
// # Trust
//
// Everything in a bundle was brought by somebody. Reading one checks its shape
// alone; that tarballs are those that the lockfile names, that records are signed
// and not older than one seen before, and that indexes are whole, is for whoever
// has the store. The part of an https registry's index is nobody's signature but
// the carrier's: who imports it takes the carrier's word for what that registry
// holds, as far as he would re-resolve.
package bundle

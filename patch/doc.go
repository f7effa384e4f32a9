// Package patch changes the files of a package by a unified diff that lies in
// the project, as npm 12's patchedDependencies ask for. Four things are here:
// which patch is for which package of a lockfile ([Rules.Assign]), what comes of
// a tarball and a patch ([Patch.Tarball]), how the difference of two packages is
// written down ([Diff]), and what a patch is for another version ([Patch.Rebase]).
//
// What comes of them is a tarball again, without compression. So all that knows
// tarballs extracts, lists and verifies a patched package with the code, and the
// limits, of any other. The registry's tarball is read only after its bytes were
// checked against its CID and integrity, as always; what is made of it belongs to
// the pair of it and the patch's digest, and lies in the stores under a key of
// both.
//
// A patch is applied as npm applies it (with the jsdiff library, fuzz 0): the
// lines of a hunk must be there, each byte of them, but may have moved; the
// nearest place counts. A file that was made with the other kind of line ends is
// met half-way. A file is added from /dev/null and deleted to it, and an empty
// one needs no hunk. Unlike npm, which passes over them, a rename, a copy and a
// binary change are errors: the package would not be what its patch says.
//
// A patch comes with a project that somebody may only want to look at, and is
// hostile input: there are limits on its size and on what it makes, and no path
// in it leaves the package's folder ([Parse], and the checks of package tarball).
//
// The parser is our own. github.com/bluekeyes/go-gitdiff was tried: it passes over
// files without hunks, which is how npm writes an empty file, takes its names from
// git's headers where npm goes by those of the diff, and applies hunks only at the
// very line that they name.
package patch

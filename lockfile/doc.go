// Package lockfile is ipnpm-lock.json: its types, a decoder that believes
// nothing, an encoder whose bytes depend on the content alone, merging of
// conflicted files, differences, and the exchange with npm's
// package-lock.json.
//
// The file has the shape of npm's package-lock version 3, so that whoever can
// read one can read the other, plus a CID for every tarball. A lockfile
// arrives by pull request from strangers and then says what is written where,
// so [Parse] accepts only what [Lockfile.Encode] can have written (in any
// formatting): no unknown or repeated keys, no location that leads out of the
// project but for the targets of links, names npm allows, well-formed CIDs and
// hashes. Errors name line and column.
//
// Three error types tell a caller what went wrong: *[SyntaxError], not JSON;
// *[FormatError], a version of the format that this program does not know;
// *[FieldError], JSON of the right version with a wrong content.
//
// Order in the file is npm's: locations are sorted as JavaScript's
// localeCompare(…, "en") sorts them; see [Compare].
package lockfile

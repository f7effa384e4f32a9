// Package stages times each step of an install alone, beside the least that a
// machine has to do for it: the limit. It tells what is left to be won where a
// time for the whole does not.
//
// Both sides of a stage get the same input, that of one real project: its
// documents, its lockfile and its tarballs, all in memory. Both say how much
// work they did, in the stage's own unit, and a limit that did more or less
// than the product is an error, not a figure. The product's side calls what
// `ipnpm install` calls. The limit is written out here, without checks, plans
// or records: it knows beforehand what the product has to find out.
//
//	stage                limit
//	range match          the numbers of each version read, and compared with two bounds
//	pick                 the picked versions' JSON decoded
//	resolve              the same picks, and nothing placed
//	index walk           the same blocks read as plain files, and hashed
//	hash                 sha256 or sha512 of the same bytes
//	inflate              klauspost/compress, the fastest library, over the same tarballs
//	extract              the same bytes through sha512, gunzip and write(2)
//	link                 the same folders and files through mkdir(2) and link(2)
//	link, linked layout  the same folders and links through mkdir(2) and symlink(2)
//	lockfile             every string of the same JSON found, or found and copied
//	nothing to do        the recorded folders stat'ed, the recorded files hashed
//
// Files are made and linked by the same system calls as the product's (package
// dirat), and what writes decompresses with the faster of the two decoders. A
// limit is a floor for the way that the product goes: whatever avoids the work
// altogether can be below it.
//
// Rounds are interleaved. What can be done again is opened once, and repeated in
// each round until a tenth of a second has passed; what writes gets a new folder,
// if the caller can on a file system of its own, for each round.
package stages

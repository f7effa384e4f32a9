// Package tarball reads, unpacks and writes the .tgz files that npm packages
// are published as, and checks them against their integrity strings.
//
// A tarball is hostile until proven otherwise: whoever publishes a package
// chooses every byte of it. So the package has its own small tar reader, which
// knows only what a package may contain (regular files) and refuses or drops
// everything else:
//
//   - names that leave the folder they are unpacked in (`..`, absolute, drive
//     letters, also when spelled with backslashes) are an error;
//   - symbolic and hard links are dropped without a word, as npm (pacote)
//     drops them, hence no written path can ever lead through a link;
//   - devices and FIFOs are an error; entries of kinds that only some tar
//     programs know are skipped, as npm skips them;
//   - two names that differ only in case are an error naming both, because the
//     same package would unpack differently on different file systems; the
//     same name twice is legal tar, and the last one wins;
//   - a file's mode is 0644, or 0755 when the archive marks it executable for
//     anybody; owner, times, setuid bits and the like are ignored;
//   - sizes, counts, lengths and the compression ratio are bounded by [Limits].
//
// What npm tolerates is tolerated: an archive that is not compressed, several
// gzip members one after another, bytes after the last of them, a missing
// end-of-archive marker, PAX and GNU long names, any name for the top folder,
// numbers padded with blanks or written in base 256. As pacote does, a
// .gitignore is unpacked as .npmignore unless its folder already has one.
//
// Reading is one pass over one pooled buffer: the bytes of a file go from the
// inflater's output to write(2) without a copy in between when the file fits
// the buffer.
package tarball

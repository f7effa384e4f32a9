// Package inflate decompresses gzip files (RFC 1952, RFC 1951) that lie in
// memory whole, which is how every tarball arrives here: it was hashed before
// anybody reads it.
//
// Decompressors that read from an io.Reader, as the standard library's and
// klauspost's do, must be able to stop at every bit, and so fetch their input
// byte by byte and keep their state in memory. With all of the input at hand
// neither is needed. The design is the one that Eric Biggers's libdeflate has
// shown to be fast; its parts are
//
//   - a buffer of 64 bits that one unaligned load of eight bytes refills
//     without a branch to at least 56 bits, enough for two literals and the
//     length of a match, or for a whole match;
//   - tables that one look-up with the next 11 bits (8 for distances) answers,
//     with everything about the symbol in one word: what it is, its base
//     value, how many bits to drop, how many of them are extra bits. Codes that
//     are longer have a second table behind the first;
//   - matches that are copied by words of sixteen or eight bytes, up to
//     fifteen bytes further than they reach: what comes next overwrites that.
//
// The output is a window of some hundred kilobytes that stays in the cache,
// whatever the size of the file: [Decoder.More] fills it, and its caller reads
// in place. So memory is bounded without trusting the size that a gzip file
// announces at its end, and a bomb is stopped by whoever counts the bytes
// between two calls. Margins at the end of the window, and a padded copy of the
// input's last bytes, make it unnecessary to look for either end within a
// symbol; there is one loop, and no careful variant of it.
//
// What is valid is what zlib accepts, for that is what npm reads packages
// with. Of the codes whose lengths do not add up only two pass: no distance code
// at all, and a single one of one bit. As with npm a further member may follow
// a member, and anything else behind one is not looked at. The checksum and
// the length of each member are verified.
package inflate

// Package answers keeps what resolutions came to, so that the same question over the
// same documents is not worked out again: by a project whose lockfile was removed, by
// a second copy of a template, by a library that commits no lockfile.
//
// A resolution is a function of what is asked (package.json, the files beside it, the
// options), of the program that works it out, and of the package documents that it
// reads. An index on IPFS gives each document a CID, so whether they are still the
// same is known without reading one: where the root of the index is the same they are,
// and otherwise their names are looked up in it. That also tells of a package that was
// missing and has come. An npm registry gives each an ETag, which the cache of its
// documents knows: of those that are no longer fresh it is asked once more, as it would
// be by a resolution, and so it is of a package that it lacked. Of a registry without
// ETags nothing is kept.
//
// It is a cache and nothing more. An answer that is damaged, of another format or about
// other documents is none, and then the resolver works as if nothing had been kept; the
// lockfile that it holds is parsed as strictly as one from outside, and every byte that
// is installed by it is still compared with CID and integrity.
//
//	<dir>/<question>    a digest, a line of JSON, the documents, the lockfile
package answers

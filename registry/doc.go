// Package registry is the index of packages: what exists under which name, in
// which versions, and which bytes each version is.
//
// An index is one immutable UnixFS directory, so one CID names a whole state
// of a registry and everything under it:
//
//	/registry.json                  Info: format, name, sequence, previous root
//	/packages/<name>                one canonical package document a name
//	/tarballs/<name>/-/<file>.tgz   every tarball linked, so that pinning the
//	                                root pins the registry
//	/npm, /static                   the same as npm's own protocol has it, for
//	                                whoever looks through a gateway; see static.go
//	/index.html, /browse            the page for people; see package page
//
// Scoped names are two levels, /packages/@scope/<name>. Any directory turns
// into a HAMT by itself when its block would exceed 256 KiB, by the profile
// unixfs-v1-2025 (IPIP-0499), so that `ipfs add -r` of the same files yields
// the same root.
//
// The package has four parts. Packument is npm's package document, from an
// upstream or from an index, cut into versions by one pass over its bytes and
// decoded a version at a time, because a resolver looks at a handful of a
// thousand. Its canonical encoding has sorted keys, no white space and a
// closed list of fields: equal content has equal bytes whoever writes it.
// Reader answers names from a root by walking all wanted names down the trie
// level by level, one batch of blocks a level. Writer turns a base root and a
// set of documents into the next root and rewrites only what changed. Closure
// makes one directory of all tarballs of a lockfile.
//
// All that is read here was written by somebody else. Documents, directories
// and trie nodes are hostile until checked: sizes and depths are bounded, a
// document under the wrong name is refused, and a digest that changes for a
// published version is an alarm (DigestError), never an update.
package registry

// Package ipfsstore brings bytes by CID and roots by IPNS name, and keeps what
// it brought.
//
// # Trust
//
// Nothing here is believed. A block is hashed against its CID each time it is
// read, whether it comes from the local disk, a Kubo daemon, a gateway or a
// peer; a tarball is hashed once more against its integrity; an IPNS record is
// verified against its name before a byte of it is used. So it does not matter
// who serves: a source that lies is named in the error, dropped for the rest
// of the run, and the next one is asked.
//
// # Layout on disk
//
// Under [Options.Dir]:
//
//	blocks/<X>/<MULTIHASH>.data    blocks, keyed by multihash in upper-case base32
//	digests                        integrity → CID and size, append-only
//	names/<k51…>.json              per IPNS name the newest record seen
//	keys/<name>.key                Ed25519 keys, mode 0600, in Kubo's format
//	identity/node.key              the key shown to peers, likewise
//
// The shard is the next-to-last two characters of the file name, as in Kubo's
// default flatfs, so that a person who knows the one finds his way in the
// other. The package does not use go-ds-flatfs itself: opening a flatfs takes
// it for its own, removes the temporary files of every other process at work
// in it and counts the files on disk, and this store is opened by many short
// processes at once. Here opening reads nothing. A block is written to a
// temporary name beside its place and renamed, without a sync: a block torn by
// a power cut fails its hash at the next read, is removed and fetched again.
//
// # Sources
//
// [Options.Sources] are asked in order for what the disk does not hold. A
// source that has shown no progress for [Options.Patience] keeps running, but
// the next one starts beside it. What they bring is written through.
//
// Kubo is reached through its RPC ([Kubo]), gateways by the trustless gateway
// protocol ([Gateway]), other machines by package node; no public endpoint is
// built in. Anything else that implements [Source] can be listed too.
package ipfsstore

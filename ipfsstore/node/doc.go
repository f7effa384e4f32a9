// Package node speaks to other machines directly, by libp2p and bitswap, with
// no daemon: to those of the local network, which it finds by mDNS, and to those
// whose addresses somebody gave it.
//
// # Two ends
//
// [Peers] is the end that fetches, an ipfsstore.Source. It starts when it is
// first asked, so that an install which needs nobody opens no socket. It takes
// no connections, announces nothing, and is gone with the process.
//
// [Server] is the end that shares: bitswap's server over what [Holdings] has,
// announced by mDNS. It fetches nothing. `ipnpm serve` runs it; an install
// does not, for what is open only while somebody installs helps nobody.
//
// # Wants
//
// The server is boxo's, and so are messages and streams. Boxo's client is not
// used, for three things that its sessions do not tell: that nobody has a block
// (it goes on asking, and an install would wait), who sent one that was never
// asked for, and how many wants a peer holds. Here a block is asked of one peer
// at a time, as a want-block that is to be answered by the block or DONT_HAVE;
// after DONT_HAVE the next peer is asked, and when all were, the block is absent.
// At most 512 wants are in flight to a peer: above 1,024 Kubo drops some without
// a word. A peer from which no byte comes for 700 ms is sent its whole wantlist
// anew, and after three such silences its wants go to the others.
//
// A block's CID is computed from the bytes that arrive, by the message's decoder.
// A peer that sends something else under the CID it was asked for therefore sends
// a block that nobody asked for: it is named, disconnected and not asked again.
//
// # Names
//
// An IPNS record is asked for on a stream of its own ([RecordProtocol]): the
// name's bytes one way, the signed record the other. The routing API over HTTP
// would do the same, and `ipnpm serve` has it as well, but on a port of its own,
// which is on loopback by default, while here is a connection already. All peers
// are asked, each answer is verified, and the newest wins.
//
// # Finding
//
// Machines announce themselves as [Service], with their addresses as libp2p's own
// mDNS has them (https://github.com/libp2p/specs/blob/master/discovery/mdns.md).
// The service is not libp2p's _p2p._udp: who installs packages wants those who
// have packages and need not dial every IPFS node of an office. Whoever is in the
// same network can announce, and sees what is asked for by CID; what he answers
// is verified. Nothing is found, and nothing fails, where there is no multicast.
//
// A distributed hash table is an option. It is entered as a client, and only when the
// peers that are known lack a block: of what is missing one block at a time is looked
// up, until somebody new is found, who is then asked for all of it, or three lookups in
// a row have found nobody. Names are looked up beside the peers. The lookups have a
// host of their own, for they lead past dozens of strangers.
//
// The host is put together here from swarm, TCP, noise and yamux: libp2p's
// constructor comes with ten times as many packages, whose initialisation every
// command would pay for.
package node

// Package peering is peers as far as a program has to know them that has no
// libp2p: whom to ask (Options), how an address is written, and how another
// process asks them.
//
// # Why another process
//
// libp2p, bitswap and Prometheus's client are packages by the hundred, and Go
// initialises every package of a program before main. That is a quarter of the
// start of a command (9 ms of 33 where it was measured), paid by the `ipnpm
// install` that finds nothing to do and by all others that ask no peer, which
// are nearly all. So they are in a program of their own, ipnpm-peers. An ipnpm
// starts it when it first asks for a block or a name that no other source has;
// `ipnpm serve` becomes it.
//
// # What they say to each other
//
// Standard input and output of ipnpm-peers are one yamux session, which gives
// each question a stream of its own, with flow control: what one caller is slow
// to take holds up nobody else. A stream is one question and its answers, each a
// head in JSON and what bytes go with it. The first has the Options. Who wants no
// more answers resets the stream, and who wants nothing more at all closes the
// session, which ends the process. So does the end of the one that started it,
// however it comes.
//
// Both are ours, from one build: Protocol is an argument, so that programs of
// two versions refuse each other at once. ipnpm-peers verifies what comes from
// peers, as it must to know who lies.
package peering

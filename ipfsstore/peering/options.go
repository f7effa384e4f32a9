package peering

import (
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

// Options choose which peers are asked.
type Options struct {
	// Addrs are peers to dial first, "/ip4/…/tcp/…/p2p/ID"; see also [Peers].
	Addrs []string
	// LAN looks for machines that announce themselves on the local network.
	LAN bool
	// QUIC dials addresses of QUIC as well.
	QUIC bool
	// DHT looks for further peers, and for names, in a distributed hash table, which
	// is entered by the peers of Bootstrap; without any it is the public one.
	DHT       bool
	Bootstrap []string
	// Wait is how long machines of the local network may take to be found, once
	// in the life of a Peers; 0 means 1 second.
	Wait time.Duration
	// HeadStart is what other sources of names have before this one starts.
	HeadStart time.Duration
}

// Nobody says that there is nobody to ask.
func (o Options) Nobody() bool { return !o.LAN && !o.DHT && len(o.Addrs) == 0 }

// Check is the error of an address that is none.
func (o Options) Check() error {
	for _, addr := range slices.Concat(o.Addrs, o.Bootstrap) {
		if err := CheckAddr(addr); err != nil {
			return err
		}
	}
	return nil
}

// Peers is other machines as a source of blocks and names.
type Peers interface {
	ipfsstore.Crowd
	// Add makes further peers known, those that an index or a lockfile names as
	// its providers. What is no address of a peer is passed over.
	Add(addrs ...string)
	Close() error
}

// LieError says what a peer did that is not asked again.
type LieError struct {
	Peer string
	Err  error
}

// Error names the peer.
func (e *LieError) Error() string { return e.Peer + ": " + e.Err.Error() }

// Unwrap returns what it did.
func (e *LieError) Unwrap() error { return e.Err }

// ServerOptions set up the end that hands blocks and records to peers.
type ServerOptions struct {
	// Key is the peer's identity.
	Key crypto.PrivKey
	// Listen are multiaddrs without a peer's name.
	Listen []string
	// QUIC listens to and speaks QUIC as well.
	QUIC bool
	// LAN announces the machine on the local network; Failed is told when that
	// cannot be.
	LAN    bool
	Failed func(error)
	// MaxConns bounds the connections, 0 means 256.
	MaxConns int
	// Private takes peers of private networks alone.
	Private bool
}

// ServeOptions set sharing up, with peers and over HTTP. MaxConns holds for each.
type ServeOptions struct {
	ServerOptions
	// Gateway is where to serve HTTP, "127.0.0.1:8801"; "" is nowhere.
	Gateway string
	// Rate bounds what is handed out in bytes a second, Daily in bytes in 24
	// hours; 0 is no limit.
	Rate, Daily int64
}

// Serving is a machine that shares.
type Serving struct {
	// Peer is its name, and Addrs are the addresses that it listens on, with it.
	Peer  string
	Addrs []string
	// Gateway is where HTTP is served, "" for nowhere.
	Gateway string
	// Close ends it, after the answers that are on their way.
	Close func() error
}

// GatewayError says that HTTP cannot be served, whatever peers do.
type GatewayError struct{ Err error }

// Error is why.
func (e *GatewayError) Error() string { return e.Err.Error() }

// Unwrap returns why.
func (e *GatewayError) Unwrap() error { return e.Err }

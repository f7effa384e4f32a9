package peering

import (
	"errors"
	"fmt"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// MaxAddrs bounds the addresses of one peer, and maxAddr the length of each:
// whoever is in the network writes them.
const (
	MaxAddrs = 16
	maxAddr  = 512
)

// IsAddr tells whether a provider that an index or a configuration names is the
// address of a peer, as opposed to a gateway's URL.
func IsAddr(text string) bool {
	_, err := ParsePeer(text)
	return err == nil
}

// CheckAddr is the error of an address that is none.
func CheckAddr(text string) error {
	_, err := ParsePeer(text)
	return err
}

// ParsePeer reads the addresses of one peer, "/ip4/…/tcp/…/p2p/ID" each, the
// first MaxAddrs of them.
func ParsePeer(texts ...string) (peer.AddrInfo, error) {
	if len(texts) > MaxAddrs {
		texts = texts[:MaxAddrs]
	}
	var info peer.AddrInfo
	for _, text := range texts {
		if len(text) > maxAddr {
			return peer.AddrInfo{}, fmt.Errorf("address of %d characters", len(text))
		}
		one, err := peer.AddrInfoFromString(text)
		if err != nil {
			return peer.AddrInfo{}, fmt.Errorf("address %q: %w", text, err)
		}
		if len(one.Addrs) == 0 || !Dialable(one.Addrs[0]) {
			return peer.AddrInfo{}, fmt.Errorf("address %q names no host and port", text)
		}
		if info.ID != "" && info.ID != one.ID {
			return peer.AddrInfo{}, fmt.Errorf("addresses of two peers, %s and %s", info.ID, one.ID)
		}
		info.ID, info.Addrs = one.ID, append(info.Addrs, one.Addrs...)
	}
	if info.ID == "" {
		return peer.AddrInfo{}, errors.New("no address")
	}
	return info, nil
}

// Dialable tells whether an address is one that our transports dial: TCP, or
// QUIC, to an IP address or a DNS name, and not through a relay.
func Dialable(addr ma.Multiaddr) bool {
	protocols := addr.Protocols()
	if len(protocols) < 2 || len(protocols) > 3 {
		return false
	}
	switch protocols[0].Code {
	case ma.P_IP4, ma.P_IP6, ma.P_DNS, ma.P_DNS4, ma.P_DNS6:
	default:
		return false
	}
	if len(protocols) == 2 {
		return protocols[1].Code == ma.P_TCP
	}
	return protocols[1].Code == ma.P_UDP && protocols[2].Code == ma.P_QUIC_V1
}

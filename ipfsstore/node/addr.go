package node

import (
	"fmt"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/ipnpm/ipnpm/ipfsstore/peering"
)

// addrPrefix is how libp2p's mDNS writes an address in a TXT record.
const addrPrefix = "dnsaddr="

// parseAnnounced reads the TXT strings of an announcement; those that are no
// addresses, or not for us, are passed over.
func parseAnnounced(texts []string) (peer.AddrInfo, error) {
	var addrs []string
	for _, text := range texts {
		if addr, ok := strings.CutPrefix(text, addrPrefix); ok && len(addrs) < peering.MaxAddrs && peering.IsAddr(addr) {
			addrs = append(addrs, addr)
		}
	}
	return peering.ParsePeer(addrs...)
}

func parseAddrs(texts []string) ([]ma.Multiaddr, error) {
	var addrs []ma.Multiaddr
	for _, text := range texts {
		addr, err := ma.NewMultiaddr(text)
		if err != nil {
			return nil, fmt.Errorf("address %q: %w", text, err)
		}
		addrs = append(addrs, addr)
	}
	return addrs, nil
}

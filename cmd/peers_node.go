//go:build !nonode

package cmd

import (
	"github.com/ipnpm/ipnpm/ipfsstore/node"
)

// newPeers makes the embedded node, which is not started before it is needed;
// nil when it is to look for nobody. others says that there are sources of names
// to ask before it.
func (s *session) newPeers(others bool) (peers, error) {
	o := node.Options{
		LAN: s.cfg.Bool("ipfs-lan"), Addrs: s.cfg.Strings("ipfs-peers"), QUIC: s.cfg.Bool("ipfs-quic"),
		DHT: s.cfg.Bool("ipfs-dht"), Bootstrap: s.cfg.Strings("ipfs-dht-bootstrap"),
	}
	if !o.LAN && !o.DHT && len(o.Addrs) == 0 {
		return nil, nil //nolint:nilnil // none is wanted
	}
	if others {
		o.HeadStart = recordHeadStart
	}
	p, err := node.New(o)
	if err != nil {
		return nil, badPeer("ipfs-peers, ipfs-dht-bootstrap", err)
	}
	return p, nil
}

// checkPeer is the error of what is no address of a peer.
func checkPeer(addr string) error { return node.CheckAddr(addr) }

package node

import (
	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// privateGate takes connections from private networks alone, libp2p's
// connmgr.ConnectionGater: to share with an office must not mean to share with
// whoever reaches the address.
type privateGate struct{}

var _ connmgr.ConnectionGater = privateGate{}

// InterceptPeerDial implements connmgr.ConnectionGater.
func (privateGate) InterceptPeerDial(peer.ID) bool { return true }

// InterceptAddrDial implements connmgr.ConnectionGater.
func (privateGate) InterceptAddrDial(peer.ID, ma.Multiaddr) bool { return true }

// InterceptAccept implements connmgr.ConnectionGater.
func (privateGate) InterceptAccept(c network.ConnMultiaddrs) bool {
	from := c.RemoteMultiaddr()
	return manet.IsPrivateAddr(from) || manet.IsIPLoopback(from) || manet.IsIP6LinkLocal(from)
}

// InterceptSecured implements connmgr.ConnectionGater.
func (privateGate) InterceptSecured(network.Direction, peer.ID, network.ConnMultiaddrs) bool {
	return true
}

// InterceptUpgraded implements connmgr.ConnectionGater.
func (privateGate) InterceptUpgraded(network.Conn) (bool, control.DisconnectReason) { return true, 0 }

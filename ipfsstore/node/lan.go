package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/zeroconf/v2"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"github.com/ipnpm/ipnpm/ipfsstore/peering"
)

// Service is what machines that share packages announce themselves as by mDNS.
const Service = "_ipnpm._udp"

const domain = "local"

// announceEvery is how often the own addresses are looked at: a laptop changes
// networks.
const announceEvery = 15 * time.Second

// browse tells of every machine that announces itself, until ctx ends. Where
// IPv6 has no multicast, IPv4 has to do.
func browse(ctx context.Context, found func(peer.AddrInfo)) error {
	var all error
	for _, traffic := range [...]zeroconf.IPType{zeroconf.IPv4AndIPv6, zeroconf.IPv4} {
		entries := make(chan *zeroconf.ServiceEntry, 32)
		ended := make(chan error, 1)
		go func() {
			ended <- zeroconf.Browse(ctx, Service, domain, entries, zeroconf.SelectIPTraffic(traffic))
		}()
		err := read(entries, ended, found)
		if err == nil {
			return nil
		}
		all = errors.Join(all, err)
	}
	return fmt.Errorf("mDNS: %w", all)
}

// read takes entries until the browsing has ended.
func read(entries <-chan *zeroconf.ServiceEntry, ended <-chan error, found func(peer.AddrInfo)) error {
	for {
		select {
		case err := <-ended:
			return err
		case e, ok := <-entries:
			if !ok {
				return <-ended
			}
			if info, err := parseAnnounced(e.Text); err == nil {
				found(info)
			}
		}
	}
}

// announce tells the local network of a host until ctx ends, anew whenever its
// addresses change. failed is told once when there is no multicast.
func announce(ctx context.Context, h host.Host, failed func(error)) {
	var server *zeroconf.Server
	var last []string
	tick := time.NewTicker(announceEvery)
	defer tick.Stop()
	for told := false; ; {
		if addrs := lanAddrs(h); !slices.Equal(addrs, last) {
			if server != nil {
				server.Shutdown()
			}
			var err error
			if server, err = register(h, addrs); err == nil {
				last = addrs
			} else if !told {
				told = true
				failed(err)
			}
		}
		select {
		case <-ctx.Done():
			if server != nil {
				server.Shutdown()
			}
			return
		case <-tick.C:
		}
	}
}

func register(h host.Host, addrs []string) (*zeroconf.Server, error) {
	var texts, ips []string
	port := 0
	for _, addr := range addrs {
		texts = append(texts, addrPrefix+addr)
		host, number, ok := hostPort(addr)
		if ok && !slices.Contains(ips, host) {
			ips = append(ips, host)
		}
		port = max(port, number)
	}
	if len(ips) == 0 {
		return nil, errors.New("mDNS: no address that others reach")
	}
	name := h.ID().String()
	server, err := zeroconf.RegisterProxy(name, Service, domain, port, name, ips, texts, nil)
	if err != nil {
		return nil, fmt.Errorf("mDNS: %w", err)
	}
	return server, nil
}

// lanAddrs are the addresses that others in the network reach the host by, in
// order; as many as fit into a packet.
func lanAddrs(h host.Host) []string {
	var out []string
	for _, addr := range h.Addrs() {
		if manet.IsIPLoopback(addr) || manet.IsIP6LinkLocal(addr) {
			continue
		}
		out = append(out, full(addr, h.ID()))
	}
	slices.Sort(out)
	return out[:min(len(out), peering.MaxAddrs/2)]
}

// full is an address with the peer's name.
func full(addr ma.Multiaddr, id peer.ID) string { return addr.String() + "/p2p/" + id.String() }

func hostPort(text string) (host string, port int, ok bool) {
	addr, err := ma.NewMultiaddr(text)
	if err != nil {
		return "", 0, false
	}
	ma.ForEach(addr, func(c ma.Component) bool {
		switch c.Protocol().Code {
		case ma.P_IP4, ma.P_IP6:
			host = c.Value()
		case ma.P_TCP, ma.P_UDP:
			port, _ = strconv.Atoi(c.Value())
		}
		return true
	})
	return host, port, host != ""
}

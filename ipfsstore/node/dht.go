package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ipfs/boxo/ipns"
	"github.com/ipfs/go-cid"
	kad "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/ipfsstore/peering"
)

const (
	// joinTime bounds the entry into a DHT, and lookupTime one question to it.
	joinTime   = 5 * time.Second
	lookupTime = 8 * time.Second
	// maxFound bounds the providers that are taken of one block.
	maxFound = 8
	// maxMisses in a row, and a DHT is asked for no further block: whoever has one
	// block of a registry mostly has the others, and so has nobody.
	maxMisses = 3
)

// dht looks up in a distributed hash table, as a client, who has a block and what
// a name points at. Its host is another one than that of the peers: a lookup leads
// past dozens of strangers, who are not to be asked for everything that is wanted.
type dht struct {
	bootstrap []peer.AddrInfo // empty for the public DHT
	quic      bool

	ctx    context.Context //nolint:containedctx // the lifetime of the client
	joinMu sync.Mutex
	joined bool // or tried to
	err    error
	host   host.Host
	ids    identify.IDService
	client *kad.IpfsDHT

	finds  atomic.Int64 // lookups that found somebody new
	mu     sync.Mutex   // held during a lookup of providers: one at a time
	misses int          // in a row
}

func newDHT(ctx context.Context, opt peering.Options) (*dht, error) {
	d := &dht{quic: opt.QUIC, ctx: ctx}
	for _, addr := range opt.Bootstrap {
		info, err := peering.ParsePeer(addr)
		if err != nil {
			return nil, err
		}
		d.bootstrap = append(d.bootstrap, info)
	}
	return d, nil
}

// join enters the DHT, once.
func (d *dht) join() error {
	d.joinMu.Lock()
	defer d.joinMu.Unlock()
	if !d.joined {
		d.joined = true
		if err := d.start(); err != nil {
			d.err = fmt.Errorf("joining the DHT: %w", err)
		}
	}
	return d.err
}

// start makes the client and waits until it knows somebody.
func (d *dht) start() error {
	var err error
	if d.host, err = newHost(hostOptions{quic: d.quic}); err != nil {
		return err
	}
	// By it a client learns who of those that it meets serves the DHT.
	if d.ids, err = identify.NewIDService(d.host); err != nil {
		return err
	}
	d.ids.Start()
	opts := []kad.Option{kad.Mode(kad.ModeClient), kad.BootstrapPeers(d.bootstrap...)}
	if len(d.bootstrap) == 0 {
		opts = []kad.Option{
			kad.Mode(kad.ModeClient), kad.BootstrapPeersFunc(kad.GetDefaultBootstrapPeerAddrInfos),
			kad.QueryFilter(kad.PublicQueryFilter), kad.RoutingTableFilter(kad.PublicRoutingTableFilter),
		}
	}
	if d.client, err = kad.New(d.host, opts...); err != nil {
		return err
	}
	if err := d.client.Bootstrap(d.ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(d.ctx, joinTime)
	defer cancel()
	for d.client.RoutingTable().Size() == 0 {
		select {
		case <-ctx.Done():
			return errors.New("no peer of the DHT answers")
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// seek looks for somebody who has one of the blocks, beginning with the first, and
// hands those to meet, which tells whether they are new. It is false when nobody
// new was found. Where others were since, after the number of finds that the caller
// knows, it is true at once: they may have what the caller wants.
func (d *dht) seek(ctx context.Context, cids []cid.Cid, known int64, meet func(peer.AddrInfo) bool) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range cids {
		if d.finds.Load() > known {
			break
		}
		if d.misses >= maxMisses || ctx.Err() != nil {
			break
		}
		if err := d.join(); err != nil {
			return false, err
		}
		if d.providers(ctx, c, meet) {
			d.finds.Add(1)
			d.misses = 0
		} else if ctx.Err() == nil {
			d.misses++
		}
	}
	return d.finds.Load() > known, ctx.Err()
}

// providers hands those who have a block to meet, and tells whether any is new.
func (d *dht) providers(ctx context.Context, c cid.Cid, meet func(peer.AddrInfo) bool) (fresh bool) {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	for info := range d.client.FindProvidersAsync(ctx, c, maxFound) {
		if len(info.Addrs) == 0 {
			info, _ = d.client.FindPeer(ctx, info.ID)
		}
		info.Addrs = ma.FilterAddrs(info.Addrs, peering.Dialable)
		info.Addrs = info.Addrs[:min(len(info.Addrs), peering.MaxAddrs)]
		if len(info.Addrs) > 0 && meet(info) {
			fresh = true
		}
	}
	return fresh
}

// record is the newest record of a name that the DHT has.
func (d *dht) record(ctx context.Context, name ipns.Name) (ipfsstore.Record, error) {
	if err := d.join(); err != nil {
		return ipfsstore.Record{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	// At the end of the time it has the best so far, and an error as well.
	data, err := d.client.GetValue(ctx, string(name.RoutingKey()))
	if len(data) == 0 {
		return ipfsstore.Record{}, errors.Join(ipfsstore.ErrNotFound, err)
	}
	return ipfsstore.ParseRecord(name, data)
}

// close ends what was started, and lets nothing more be.
func (d *dht) close() error {
	d.joinMu.Lock()
	defer d.joinMu.Unlock()
	d.joined, d.err = true, errors.New("the DHT was left")
	if d.host == nil {
		return nil
	}
	var err error
	if d.client != nil {
		err = d.client.Close()
	}
	if d.ids != nil {
		err = errors.Join(err, d.ids.Close())
	}
	return errors.Join(err, d.host.Close(), d.host.Peerstore().Close())
}

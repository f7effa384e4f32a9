package node

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	kad "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/ipfsstore/peering"
)

// joinDHT makes a host part of the DHT that others are in.
func joinDHT(t *testing.T, h host.Host, mode kad.ModeOpt, others ...host.Host) *kad.IpfsDHT {
	t.Helper()
	d, err := kad.New(h, kad.Mode(mode))
	if err != nil {
		t.Fatal(err)
	}
	ids, err := identify.NewIDService(h)
	if err != nil {
		t.Fatal(err)
	}
	ids.Start() // it tells of the protocols that there are by now
	t.Cleanup(func() { _, _ = d.Close(), ids.Close() })
	for _, o := range others {
		if err := h.Connect(t.Context(), peer.AddrInfo{ID: o.ID(), Addrs: o.Addrs()}); err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(time.Minute); d.RoutingTable().Size() < len(others); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of %d others are in the DHT", d.RoutingTable().Size(), len(others))
		}
	}
	return d
}

// privateDHT is one of a few nodes on loopback, which have nothing themselves.
func privateDHT(t *testing.T) []host.Host {
	t.Helper()
	var hosts []host.Host
	for range 4 {
		h, err := newHost(hostOptions{listen: []string{"/ip4/127.0.0.1/tcp/0"}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = h.Close(), h.Peerstore().Close() })
		joinDHT(t, h, kad.ModeServer, hosts...)
		hosts = append(hosts, h)
	}
	return hosts
}

// peersByDHT are nobody but those whom the DHT names that a host is in.
func peersByDHT(t *testing.T, entry host.Host) *Peers {
	t.Helper()
	p, err := New(peering.Options{DHT: true, Bootstrap: []string{full(entry.Addrs()[0], entry.ID())}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// TestDHT has a block and a record found by who knows one node of a DHT.
func TestDHT(t *testing.T) {
	hosts := privateDHT(t)
	shared := openStore(t)
	var roots []cid.Cid
	for _, text := range []string{"announced", "held by the same"} {
		root, err := shared.Import(t.Context(), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		roots = append(roots, root)
	}
	server := serve(t, shared)
	provider := joinDHT(t, server.host, kad.ModeClient, hosts[0])
	if err := provider.Provide(t.Context(), roots[0], true); err != nil {
		t.Fatal(err)
	}
	key, err := shared.Keys().Generate("k")
	if err != nil {
		t.Fatal(err)
	}
	rec, err := ipfsstore.Sign(key, roots[0], 7, time.Now().Add(time.Hour), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	name, err := ipfsstore.ParseName(key.ID())
	if err != nil {
		t.Fatal(err)
	}
	if err := provider.PutValue(t.Context(), string(name.RoutingKey()), rec.Bytes); err != nil {
		t.Fatal(err)
	}

	t.Run("a name", func(t *testing.T) {
		got, err := openStore(t, peersByDHT(t, hosts[3])).Resolve(t.Context(), key.ID(), ipfsstore.ResolveOptions{})
		if err != nil || got.Sequence != 7 || !strings.Contains(got.Source, "DHT") {
			t.Errorf("sequence %d from %s, %v", got.Sequence, got.Source, err)
		}
	})
	t.Run("a name that it lacks", func(t *testing.T) {
		other, err := shared.Keys().Generate("other")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := openStore(t, peersByDHT(t, hosts[3])).Resolve(t.Context(), other.ID(), ipfsstore.ResolveOptions{}); err == nil {
			t.Errorf("it is said to be %s", got.Root)
		}
	})
	t.Run("blocks", func(t *testing.T) {
		p := peersByDHT(t, hosts[3])
		store := openStore(t, p)
		if err := bring(t.Context(), store, roots[0]); err != nil {
			t.Error(err)
		}
		// Nobody announced the other; the provider of the first is asked before the DHT.
		if err := bring(t.Context(), store, roots[1]); err != nil || p.run.dht.finds.Load() != 1 || p.run.dht.misses != 0 {
			t.Errorf("%v, after %d finds and %d misses", err, p.run.dht.finds.Load(), p.run.dht.misses)
		}
	})
	t.Run("blocks that nobody has", func(t *testing.T) {
		p := peersByDHT(t, hosts[3])
		store := openStore(t, p)
		_, absent := someBlocks(2 * maxMisses)
		for _, c := range absent {
			if err := bring(t.Context(), store, c); err == nil {
				t.Errorf("%s was found", c)
			}
		}
		if p.run.dht.misses != maxMisses {
			t.Errorf("%d lookups", p.run.dht.misses)
		}
	})
	t.Run("nobody at the door", func(t *testing.T) {
		t.Parallel()
		p, err := New(peering.Options{DHT: true, Bootstrap: []string{"/ip4/127.0.0.1/tcp/9/p2p/" + hosts[0].ID().String()}})
		if err != nil {
			t.Fatal(err)
		}
		if err := bring(t.Context(), openStore(t, p), roots[0]); err == nil || !strings.Contains(err.Error(), "no peer of the DHT answers") {
			t.Errorf("got %v", err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

func bring(ctx context.Context, store *ipfsstore.Store, c cid.Cid) error {
	_, err := store.File(ctx, ipfsstore.Ref{CID: c})
	return err
}

package node

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	bsmsg "github.com/ipfs/boxo/bitswap/message"
	"github.com/ipfs/boxo/bitswap/network"
	"github.com/ipfs/boxo/bitswap/network/bsnet"
	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/ipfsstore/peering"
)

func openStore(t *testing.T, sources ...ipfsstore.Source) *ipfsstore.Store {
	t.Helper()
	s, err := ipfsstore.Open(ipfsstore.Options{Dir: t.TempDir(), Sources: sources})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// serve shares holdings on loopback.
func serve(t *testing.T, h Holdings) *Server {
	t.Helper()
	key, err := openStore(t).Identity()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Serve(h, peering.ServerOptions{Key: key, Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func peersAt(t *testing.T, addrs ...[]string) *Peers {
	t.Helper()
	var all []string
	for _, list := range addrs {
		all = append(all, list...)
	}
	p, err := New(peering.Options{Addrs: all})
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

// tamperer is a bitswap server that has everything, and all of it wrong.
type tamperer struct{ net network.BitSwapNetwork }

func (s tamperer) ReceiveMessage(ctx context.Context, from peer.ID, m bsmsg.BitSwapMessage) {
	answer := bsmsg.New(false)
	for _, e := range m.Wantlist() {
		if !e.Cancel {
			answer.AddBlock(rawBlock([]byte("tampered " + e.Cid.String())))
		}
	}
	_ = s.net.SendMessage(ctx, from, answer)
}
func (tamperer) ReceiveError(error)       {}
func (tamperer) PeerConnected(peer.ID)    {}
func (tamperer) PeerDisconnected(peer.ID) {}

// tamper starts one and returns its address.
func tamper(t *testing.T) []string {
	t.Helper()
	h, err := newHost(hostOptions{listen: []string{"/ip4/127.0.0.1/tcp/0"}, meter: newMeter()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	net := bsnet.NewFromIpfsHost(h)
	net.Start(tamperer{net})
	t.Cleanup(net.Stop)
	return []string{full(h.Addrs()[0], h.ID())}
}

// TestTamperer has a peer that lies be named, and nothing of what it sends kept.
func TestTamperer(t *testing.T) {
	shared := openStore(t)
	data := []byte(strings.Repeat("tarball ", 1000))
	root, err := shared.Import(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	honest := serve(t, shared)
	bad := tamper(t)

	t.Run("alone", func(t *testing.T) {
		store := openStore(t, peersAt(t, bad))
		_, err := store.File(t.Context(), ipfsstore.Ref{CID: root})
		if !errors.As(err, new(*ipfsstore.UnavailableError)) {
			t.Errorf("got %v, want that nobody has it", err)
		}
		wantLiar(t, store, bad[0], "do not hash")
	})
	t.Run("beside an honest one", func(t *testing.T) {
		store := openStore(t, peersAt(t, bad, honest.Addrs()))
		// Who is asked first is chance; a few more files, and the liar had its turn.
		for i := range 8 {
			part := append(data, byte(i))
			c, err := shared.Import(t.Context(), part)
			if err != nil {
				t.Fatal(err)
			}
			got, err := store.File(t.Context(), ipfsstore.Ref{CID: c})
			if err != nil || string(got) != string(part) {
				t.Fatalf("%d bytes, %v", len(got), err)
			}
		}
	})
}

// wantLiar checks that the store names the peer of an address, with its deed.
func wantLiar(t *testing.T, store *ipfsstore.Store, addr, deed string) {
	t.Helper()
	info, err := peering.ParsePeer(addr)
	if err != nil {
		t.Fatal(err)
	}
	dropped := store.Dropped()
	if len(dropped) != 1 || !strings.Contains(dropped[0].Source, info.ID.String()) || !strings.Contains(dropped[0].Error(), deed) {
		t.Errorf("dropped: %v, want one that names %s", dropped, info.ID)
	}
}

// records are holdings that answer every name so.
type records struct{ data []byte }

func (records) Held(context.Context, cid.Cid) (blocks.Block, error) {
	return nil, ipfsstore.ErrNotFound
}
func (records) HeldSize(cid.Cid) (int, bool) { return 0, false }
func (r records) HeldRecord(ipns.Name) (ipfsstore.Record, error) {
	return ipfsstore.Record{Bytes: r.data}, nil
}

func TestRecords(t *testing.T) {
	key, err := openStore(t).Keys().Generate("k")
	if err != nil {
		t.Fatal(err)
	}
	name, err := ipfsstore.ParseName(key.ID())
	if err != nil {
		t.Fatal(err)
	}
	root := rawBlock([]byte("root")).Cid()
	sign := func(sequence uint64) []byte {
		rec, err := ipfsstore.Sign(key, root, sequence, time.Now().Add(time.Hour), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return rec.Bytes
	}
	forged := sign(9)
	forged[len(forged)/2] ^= 1
	stale, fresh := serve(t, records{sign(2)}), serve(t, records{sign(5)})
	forger, mute := serve(t, records{forged}), serve(t, openStore(t))

	t.Run("the newest valid one", func(t *testing.T) {
		store := openStore(t, peersAt(t, stale.Addrs(), forger.Addrs(), mute.Addrs(), fresh.Addrs()))
		got, err := store.Resolve(t.Context(), name.String(), ipfsstore.ResolveOptions{})
		if err != nil || got.Sequence != 5 || !strings.Contains(got.Source, fresh.ID()) {
			t.Errorf("sequence %d from %s, %v", got.Sequence, got.Source, err)
		}
		wantLiar(t, store, forger.Addrs()[0], "bad IPNS record")
	})
	t.Run("a forged one alone", func(t *testing.T) {
		store := openStore(t, peersAt(t, forger.Addrs()))
		if _, err := store.Resolve(t.Context(), name.String(), ipfsstore.ResolveOptions{}); err == nil {
			t.Error("a forged record resolves")
		}
		wantLiar(t, store, forger.Addrs()[0], "bad IPNS record")
	})
	t.Run("a stale one alone", func(t *testing.T) {
		store := openStore(t, peersAt(t, stale.Addrs()))
		if _, err := store.Publish(t.Context(), key, root, time.Hour, 0); err != nil { // sequence 3
			t.Fatal(err)
		}
		_, err := store.Resolve(t.Context(), name.String(), ipfsstore.ResolveOptions{})
		back, ok := errors.AsType[*ipfsstore.RollbackError](err)
		if !ok || back.Got != 2 || back.Seen != 3 || !strings.Contains(back.Source, stale.ID()) {
			t.Errorf("got %v, want a rollback by %s", err, stale.ID())
		}
	})
}

// TestLazy has a source that nobody asks cost nothing, and one that was closed
// leave nothing behind.
func TestLazy(t *testing.T) {
	shared := openStore(t)
	root, err := shared.Import(t.Context(), []byte("data"))
	if err != nil {
		t.Fatal(err)
	}
	server := serve(t, shared)
	before := libp2pGoroutines()
	p, err := New(peering.Options{Addrs: server.Addrs(), LAN: true})
	if err != nil {
		t.Fatal(err)
	}
	p.Add("/ip4/127.0.0.1/tcp/9/p2p/" + server.ID())
	if n := libp2pGoroutines(); n > before || p.run != nil {
		t.Errorf("%d goroutines before anything was asked", n-before)
	}
	err = p.Blocks(t.Context(), []cid.Cid{root}, func(blocks.Block) error { return nil })
	if err != nil || p.run == nil {
		t.Errorf("not started by a block: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for libp2pGoroutines() > before && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if n := libp2pGoroutines(); n > before {
		t.Errorf("%d goroutines of ours were left behind", n-before)
	}
	if err := p.Blocks(t.Context(), []cid.Cid{root}, func(blocks.Block) error { return nil }); err == nil {
		t.Error("a closed source answers")
	}
}

// libp2pGoroutines counts those that run libp2p's code or ours.
func libp2pGoroutines() (n int) {
	buf := make([]byte, 4<<20)
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(stack, "libp2p") || strings.Contains(stack, "ipfsstore/node.(*exchange)") {
			n++
		}
	}
	return n
}

func FuzzAnnounced(f *testing.F) {
	id := "12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtf"
	for _, addr := range []string{
		"/ip4/10.0.0.2/tcp/4001/p2p/" + id, "/ip6/fd00::1/udp/4001/quic-v1/p2p/" + id,
		"/dns4/host.local/tcp/1/p2p/" + id, "/ip4/1.2.3.4/tcp/1/p2p/" + id + "/p2p-circuit", "/p2p/" + id, "",
	} {
		f.Add(addrPrefix+addr, addrPrefix+addr)
		f.Add(addr, addrPrefix)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		info, err := parseAnnounced([]string{a, b})
		if err != nil {
			return
		}
		if info.ID == "" || len(info.Addrs) == 0 || len(info.Addrs) > peering.MaxAddrs {
			t.Errorf("a peer %q with %d addresses", info.ID, len(info.Addrs))
		}
		for _, addr := range info.Addrs {
			if !peering.Dialable(addr) {
				t.Errorf("%s would be dialled", addr)
			}
		}
	})
}

func FuzzRecordName(f *testing.F) {
	name, err := ipfsstore.ParseName("k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(name.Peer()))
	f.Add("")
	f.Fuzz(func(t *testing.T, raw string) {
		if got, err := readName(strings.NewReader(raw)); err == nil && string(got.Peer()) != raw {
			t.Errorf("%x became %s", raw, fmt.Sprint(got))
		}
	})
}

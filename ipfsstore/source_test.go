package ipfsstore

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"sync"
	"testing"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/ipnpm/ipnpm/internal/kubotest"
)

// TestSourceContract holds every kind of source, fakes and real daemons, to
// the words of [Source].
func TestSourceContract(t *testing.T) {
	t.Parallel()
	backends := map[string]func(t *testing.T, c *content) Source{
		"memory": func(_ *testing.T, c *content) Source { return &memory{content: c, name: "memory"} },
		"fake gateway": func(t *testing.T, c *content) Source {
			return gatewayOf(t, gatewayHandler(c), GatewayOptions{})
		},
		"fake RPC": func(t *testing.T, c *content) Source {
			return kuboOf(t, serve(t, rpcHandler(c)), KuboOptions{Offline: true})
		},
		"Kubo offline": func(t *testing.T, c *content) Source {
			node := kubotest.Start(t, kubotest.Options{})
			return filled(t, kuboOf(t, node.API, KuboOptions{Offline: true}), c)
		},
		"Kubo online": func(t *testing.T, c *content) Source {
			node := kubotest.Start(t, kubotest.Options{Online: true})
			return filled(t, kuboOf(t, node.API, KuboOptions{Offline: true}), c)
		},
		"Kubo's repository": func(t *testing.T, c *content) Source {
			node := kubotest.Start(t, kubotest.Options{})
			filled(t, kuboOf(t, node.API, KuboOptions{Offline: true}), c)
			return repoOf(t, node.RepoPath)
		},
		"Kubo gateway": func(t *testing.T, c *content) Source {
			node := kubotest.Start(t, kubotest.Options{})
			filled(t, kuboOf(t, node.API, KuboOptions{Offline: true}), c)
			g, err := Gateway(node.Gateway, GatewayOptions{})
			if err != nil {
				t.Fatal(err)
			}
			return g
		},
	}
	for name, open := range backends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testSource(t, open)
		})
	}
}

// filled ships content to a real daemon.
func filled(t testing.TB, k *KuboSource, c *content) *KuboSource {
	t.Helper()
	if err := k.ImportCAR(testContext(t), nil, blocksOf(t, c)); err != nil {
		t.Fatal(err)
	}
	for name, rec := range c.records {
		n, err := ParseName(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.PutRecord(testContext(t), n, rec); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

func blocksOf(t testing.TB, c *content) iter.Seq2[blocks.Block, error] {
	return func(yield func(blocks.Block, error) bool) {
		for text, data := range c.blocks {
			id, err := cid.Decode(text)
			if err != nil {
				t.Error(err)
			}
			b, err := blocks.NewBlockWithCid(data, id)
			if !yield(b, err) {
				return
			}
		}
	}
}

func testSource(t *testing.T, open func(*testing.T, *content) Source) {
	c := newContent()
	var cids []cid.Cid
	for i := range 150 {
		cids = append(cids, c.add(t, fileOf(i)))
	}
	cids = append(cids, c.add(t, nil), c.add(t, randomBytes(1, chunkSize)))
	absent := rawCID([]byte("nobody has this"))
	key := testKey(t)
	c.records[key.ID()] = testRecord(t, key, cids[0], 7, time.Hour)
	src := open(t, c)

	t.Run("serves what it has", func(t *testing.T) { wantBlocks(t, src, cids, c) })
	t.Run("passes over what it has not", func(t *testing.T) {
		var got collect
		if err := src.Blocks(testContext(t), []cid.Cid{cids[0], absent, cids[1]}, got.yield); err != nil {
			t.Fatal(err)
		}
		if len(got.got) != 2 || got.got[absent.String()] != nil {
			t.Errorf("got %d blocks, want the 2 that exist", len(got.got))
		}
	})
	t.Run("nothing asked", func(t *testing.T) {
		if err := src.Blocks(testContext(t), nil, (&collect{}).yield); err != nil {
			t.Error(err)
		}
	})
	t.Run("returns the error of yield", func(t *testing.T) {
		stop := errors.New("stop")
		if err := src.Blocks(testContext(t), cids, func(blocks.Block) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("ends with its context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(testContext(t))
		cancel()
		if err := src.Blocks(ctx, cids, (&collect{}).yield); err == nil {
			t.Error("no error from a cancelled context")
		}
	})
	t.Run("many callers", func(t *testing.T) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { wantBlocks(t, src, cids, c) })
		}
		wg.Wait()
	})
	t.Run("record", func(t *testing.T) {
		got, err := src.Record(testContext(t), key.id)
		if _, isRepo := src.(*KuboRepoSource); isRepo {
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("got %v, want ErrNotFound", err)
			}
			return
		}
		if err != nil || !bytes.Equal(got, c.records[key.ID()]) {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
		if _, err := src.Record(testContext(t), testKey(t).id); !errors.Is(err, ErrNotFound) {
			t.Errorf("unknown name: got %v, want ErrNotFound", err)
		}
	})
}

func wantBlocks(t *testing.T, src Source, cids []cid.Cid, c *content) {
	t.Helper()
	var got collect
	if err := src.Blocks(testContext(t), cids, got.yield); err != nil {
		t.Errorf("%s: %v", src.Name(), err)
	}
	if got.n != len(cids) {
		t.Errorf("%s: %d blocks handed over, want %d", src.Name(), got.n, len(cids))
	}
	for _, id := range cids {
		if !bytes.Equal(got.got[id.String()], c.blocks[id.String()]) {
			t.Errorf("%s: block %s differs", src.Name(), id)
		}
	}
}

package ipfsstore

import (
	"testing"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/ipnpm/ipnpm/internal/kubotest"
	"github.com/ipnpm/ipnpm/tarball"
)

// The size of a middling tarball.
const benchFile = 40 << 10

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		if _, err := Open(Options{Dir: dir}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFileWarm(b *testing.B) {
	s := openStore(b, Options{})
	data := randomBytes(1, benchFile)
	root, err := s.Import(b.Context(), data)
	if err != nil {
		b.Fatal(err)
	}
	ref := Ref{CID: root, Integrity: tarball.Sum512(data), Size: benchFile}
	b.SetBytes(benchFile)
	for b.Loop() {
		if _, err := s.File(b.Context(), ref); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkImport(b *testing.B) {
	s := openStore(b, Options{})
	data := randomBytes(1, benchFile)
	b.SetBytes(benchFile)
	for i := 0; b.Loop(); i++ {
		data[0], data[1], data[2] = byte(i), byte(i>>8), byte(i>>16)
		if _, err := s.Import(b.Context(), data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBlocksWarm reads 1,000 small blocks in one batch, as a warm index.
func BenchmarkBlocksWarm(b *testing.B) {
	s := openStore(b, Options{})
	var cids []cid.Cid
	for i := range 1000 {
		c, err := s.Import(b.Context(), randomBytes(uint64(i), 3000))
		if err != nil {
			b.Fatal(err)
		}
		cids = append(cids, c)
	}
	for b.Loop() {
		if err := s.Blocks(b.Context(), cids, func(blocks.Block) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDigestLookup(b *testing.B) {
	s := openStore(b, Options{})
	for i := range 5000 {
		if err := s.Remember(tarball.Sum512(fileOf(i)), rawCID(fileOf(i)), 1); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			table := &digestTable{path: s.digests.path}
			if _, _, ok := table.get(tarball.Sum512(fileOf(77))); !ok {
				b.Fatal("lost")
			}
		}
	})
	b.Run("further", func(b *testing.B) {
		key := tarball.Sum512(fileOf(77))
		for b.Loop() {
			if _, _, ok := s.Known(key); !ok {
				b.Fatal("lost")
			}
		}
	})
}

func BenchmarkVerifyRecord(b *testing.B) {
	key := testKey(b)
	data := testRecord(b, key, rawCID(nil), 1, DefaultLifetime)
	for b.Loop() {
		if _, err := ParseRecord(key.id, data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkKubo fetches 1,500 files of 70 KB from a real daemon, without and
// with verifying and writing them through.
func BenchmarkKubo(b *testing.B) {
	node := kubotest.Start(b, kubotest.Options{})
	c := newContent()
	var cids []cid.Cid
	for i := range 1500 {
		cids = append(cids, c.add(b, randomBytes(uint64(i), 70<<10)))
	}
	kubo := filled(b, kuboOf(b, node.API, KuboOptions{Offline: true}), c)
	gateway, err := Gateway(node.Gateway, GatewayOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for name, src := range map[string]Source{"rpc": kubo, "gateway": gateway} {
		b.Run(name+"/bare", func(b *testing.B) {
			for b.Loop() {
				if err := src.Blocks(b.Context(), cids, func(blocks.Block) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/stored", func(b *testing.B) {
			for b.Loop() {
				s := openStore(b, Options{Sources: []Source{src}})
				if err := s.Blocks(b.Context(), cids, func(blocks.Block) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

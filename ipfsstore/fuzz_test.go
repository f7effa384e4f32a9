package ipfsstore

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"testing"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/ipnpm/ipnpm/tarball"
	"github.com/libp2p/go-libp2p/core/crypto"
)

// fixedKey is the same in every process: the fuzzer's workers must take the
// coordinator's records for good ones.
func fixedKey(t testing.TB) Key {
	t.Helper()
	seed := ed25519.NewKeyFromSeed(randomBytes(9, ed25519.SeedSize))
	priv, _, err := crypto.KeyPairFromStdKey(&seed)
	if err != nil {
		t.Fatal(err)
	}
	key, err := newKey("fixed", priv)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func FuzzParseRecord(f *testing.F) {
	key := fixedKey(f)
	good := testRecord(f, key, rawCID([]byte("x")), 1, time.Hour)
	f.Add(good)
	f.Add(testRecord(f, key, rawCID(nil), 1<<62, -time.Hour))
	f.Add(good[:len(good)/2])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := ParseRecord(key.id, data)
		if err != nil {
			return
		}
		// Nobody but the key's owner makes records: the fuzzer can only have
		// come back to a seed, up to fields that nothing signs.
		if rec.Sequence != 1 && rec.Sequence != 1<<62 {
			t.Errorf("forged sequence %d", rec.Sequence)
		}
		if err := checkCID(rec.Root); err != nil {
			t.Error(err)
		}
	})
}

func FuzzParseCID(f *testing.F) {
	f.Add(rawCID(nil).String())
	f.Add("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n")
	f.Add("bafkqaaa")
	f.Add("B" + rawCID(nil).String()[1:])
	if alias, err := CIDOfIntegrity(tarball.Sum512(nil)); err == nil {
		f.Add(alias.String())
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCID(s)
		if err != nil {
			return
		}
		if c.String() != s {
			t.Errorf("%q is another spelling of %s", s, c)
		}
		hashesTo(c, []byte(s))
		back, err := cidOf(filepath.Base(blockDir{shard: ownShard}.path(c)))
		if err != nil || !bytes.Equal(back.Hash(), c.Hash()) {
			t.Errorf("file name of %s gives %s, %v", c, back, err)
		}
	})
}

func FuzzDigests(f *testing.F) {
	key, value := tarball.Sum512(nil), rawCID(nil).String()+" 0"
	line := digestLine(key, value)
	f.Add(line)
	f.Add(append(bytes.Clone(line[:40]), line...))
	f.Add(line[:len(line)-1])
	f.Fuzz(func(t *testing.T, data []byte) {
		entries := make(map[string]string)
		if n := parseDigests(data, entries); n < 0 || n > len(data) {
			t.Fatalf("consumed %d of %d bytes", n, len(data))
		}
		for _, v := range entries {
			if c, n, ok := parseDigestValue(v); ok && (checkCID(c) != nil || n < 0) {
				t.Errorf("value %q gives %s, %d", v, c, n)
			}
		}
		// Whatever is in the file, a line appended to it is found.
		path := filepath.Join(t.TempDir(), "digests")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		table := &digestTable{path: path}
		if err := table.put(key, rawCID([]byte("x")), 1); err != nil {
			t.Fatal(err)
		}
		fresh := &digestTable{path: path}
		if c, n, ok := fresh.get(key); !ok || n != 1 || !c.Equals(rawCID([]byte("x"))) {
			t.Errorf("appended line is lost: %s, %d, %v", c, n, ok)
		}
	})
}

func FuzzDecodePart(f *testing.F) {
	_, bs, err := ImportLayout(randomBytes(1, 3*chunkSize))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bs[len(bs)-1].RawData())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		c := cid.NewCidV1(cid.DagProtobuf, rawCID(data).Hash())
		b, err := blocks.NewBlockWithCid(data, c)
		if err != nil {
			t.Fatal(err)
		}
		p, err := decodePart(b)
		if err != nil {
			return
		}
		at := int64(0)
		for _, child := range p.children {
			if child.offset != at || child.size <= 0 {
				t.Fatalf("child at %d of %d bytes, want it at %d", child.offset, child.size, at)
			}
			at += child.size
		}
		if p.size != at+int64(len(p.inline)) || p.size < 0 {
			t.Errorf("size %d, parts %d", p.size, at+int64(len(p.inline)))
		}
	})
}

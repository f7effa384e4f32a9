package ipfsstore

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/tarball"
)

func TestHeld(t *testing.T) {
	elsewhere := newContent()
	far := elsewhere.add(t, []byte("only elsewhere"))
	source := &memory{content: elsewhere, name: "memory"}
	s := openStore(t, Options{Sources: []Source{source}})
	data := []byte("one block")
	root, err := s.Import(testContext(t), data)
	if err != nil {
		t.Fatal(err)
	}
	integrity := tarball.Sum512(data)
	alias, err := CIDOfIntegrity(integrity)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.HeldSize(alias); ok {
		t.Error("the alias is known too early")
	}
	if err := s.Remember(integrity, root, int64(len(data))); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		by   func() ([]byte, int, error)
	}{
		{"its CID", func() ([]byte, int, error) {
			b, err := s.Held(testContext(t), root)
			n, _ := s.HeldSize(root)
			return b.RawData(), n, err
		}},
		{"its alias", func() ([]byte, int, error) {
			b, err := s.Held(testContext(t), alias)
			n, _ := s.HeldSize(alias)
			return b.RawData(), n, err
		}},
	} {
		if got, n, err := c.by(); err != nil || !bytes.Equal(got, data) || n != len(data) {
			t.Errorf("by %s: %q of %d bytes, %v", c.what, got, n, err)
		}
	}
	if _, err := s.Held(testContext(t), far); !errors.Is(err, ErrNotFound) || source.asked.Load() > 0 {
		t.Errorf("what a source has: %v, asked %d times", err, source.asked.Load())
	}
	if err := os.WriteFile(s.disk.path(root), []byte("one bl0ck"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Held(testContext(t), alias); !errors.Is(err, ErrNotFound) {
		t.Errorf("a damaged block is handed on: %v", err)
	}
}

func TestHeldRecord(t *testing.T) {
	s, key := openStore(t, Options{}), testKey(t)
	if _, err := s.HeldRecord(key.id); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	done, err := s.Publish(testContext(t), key, rawCID(nil), time.Hour, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.HeldRecord(key.id); err != nil || !bytes.Equal(got.Bytes, done.Bytes) {
		t.Errorf("%d bytes, %v", len(got.Bytes), err)
	}
}

func TestIdentity(t *testing.T) {
	s := openStore(t, Options{})
	first, err := s.Identity()
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Identity()
	if err != nil || !first.Equals(again) {
		t.Errorf("another identity the second time, %v", err)
	}
	if keys, err := s.Keys().List(); err != nil || len(keys) > 0 {
		t.Errorf("it is among the keys that sign names: %v, %v", keys, err)
	}
}

package ipfsstore

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ipnpm/ipnpm/tarball"
)

func TestIntegrityDisagrees(t *testing.T) {
	s := openStore(t, Options{})
	root, err := s.Import(testContext(t), []byte("data"))
	if err != nil {
		t.Fatal(err)
	}
	var bad *IntegrityError
	if _, err := s.File(testContext(t), Ref{CID: root, Integrity: tarball.Sum512([]byte("other"))}); !errors.As(err, &bad) {
		t.Errorf("got %v", err)
	}
	var size *FileError
	if _, err := s.File(testContext(t), Ref{CID: root, Size: 5}); !errors.As(err, &size) {
		t.Errorf("wrong size: got %v", err)
	}
}

func TestAlias(t *testing.T) {
	data := []byte("a small tarball")
	integrity := tarball.Sum512(data)
	alias, err := CIDOfIntegrity(integrity)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := integrityOfAlias(alias); err != nil || back != integrity {
		t.Errorf("integrity of alias: %q, %v", back, err)
	}
	t.Run("by the digest table", func(t *testing.T) {
		s := openStore(t, Options{})
		root, _ := s.Import(testContext(t), data)
		if err := s.Remember(integrity, root, int64(len(data))); err != nil {
			t.Fatal(err)
		}
		for _, ref := range []Ref{{CID: alias}, {Integrity: integrity}, {CID: alias, Integrity: integrity, Size: int64(len(data))}} {
			if got, err := s.File(testContext(t), ref); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%v: %q, %v", ref, got, err)
			}
		}
		if !s.Has(alias) {
			t.Error("Has denies an alias it can serve")
		}
	})
	t.Run("as a block", func(t *testing.T) {
		c := newContent()
		c.blocks[alias.String()] = data
		s := openStore(t, Options{Sources: []Source{&memory{content: c, name: "m"}}})
		if got, err := s.File(testContext(t), Ref{CID: alias}); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%q, %v", got, err)
		}
		if root, _, ok := s.Known(integrity); !ok || !s.Has(root) {
			t.Error("not filed under its UnixFS CID")
		}
	})
	t.Run("table points at what is gone", func(t *testing.T) {
		c := newContent()
		c.blocks[alias.String()] = data
		s := openStore(t, Options{Sources: []Source{&memory{content: c, name: "m"}}})
		if err := s.Remember(integrity, rawCID(data), int64(len(data))); err != nil {
			t.Fatal(err)
		}
		if got, err := s.File(testContext(t), Ref{CID: alias}); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%q, %v", got, err)
		}
	})
}

package ipfsstore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
)

func TestMaintenance(t *testing.T) {
	s := openStore(t, Options{})
	keep, _ := s.Import(testContext(t), []byte("keep"))
	drop, _ := s.Import(testContext(t), []byte("drop"))
	bad, _ := s.Import(testContext(t), []byte("bad!"))
	if err := os.WriteFile(s.disk.path(bad), []byte("!dab"), 0o644); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(filepath.Dir(s.disk.path(keep)), tempPrefix+"left")
	if err := os.WriteFile(old, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-2 * tempAge)
	if err := os.Chtimes(old, past, past); err != nil {
		t.Fatal(err)
	}
	report, err := s.Verify(testContext(t))
	if err != nil || report.Blocks != 2 || report.Bytes != 8 || len(report.Bad) != 1 || !report.Bad[0].Equals(bad) {
		t.Errorf("verify: %+v, %v", report, err)
	}
	n, size, err := s.Clean(testContext(t), func(c cid.Cid) bool { return bytes.Equal(c.Hash(), keep.Hash()) })
	if err != nil || n != 1 || size != 4 {
		t.Errorf("clean: %d blocks, %d bytes, %v", n, size, err)
	}
	if !s.Has(keep) || s.Has(drop) {
		t.Error("clean took the wrong one")
	}
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("temporary file stays: %v", err)
	}
}

func TestCARRoundTrip(t *testing.T) {
	a, b := openStore(t, Options{}), openStore(t, Options{})
	data := randomBytes(4, 2*chunkSize+9)
	root, err := a.Import(testContext(t), data)
	if err != nil {
		t.Fatal(err)
	}
	var car bytes.Buffer
	if err := a.Export(testContext(t), []cid.Cid{root}, &car); err != nil {
		t.Fatal(err)
	}
	roots, err := b.ImportCAR(testContext(t), bytes.NewReader(car.Bytes()))
	if err != nil || len(roots) != 1 || !roots[0].Equals(root) {
		t.Fatalf("roots %v, %v", roots, err)
	}
	if got, err := b.File(testContext(t), Ref{CID: root}); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	broken := bytes.Clone(car.Bytes())
	broken[len(broken)-1] ^= 1
	var mismatch *MismatchError
	if _, err := openStore(t, Options{}).ImportCAR(testContext(t), bytes.NewReader(broken)); !errors.As(err, &mismatch) {
		t.Errorf("tampered CAR: %v", err)
	}
	if _, err := openStore(t, Options{}).ImportCAR(testContext(t), bytes.NewReader(broken[:len(broken)-3])); err == nil {
		t.Error("truncated CAR: no error")
	}
}

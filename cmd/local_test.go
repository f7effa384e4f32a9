package cmd

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/tarball"
)

// A lockfile that comes with a tarball file must not put its bytes under the
// CID of other content: approvals of install scripts are bound to CIDs, and
// the unpacked store, which all projects share, is keyed by them.
func TestLocalTarballHasTheCIDOfTheLock(t *testing.T) {
	dir := t.TempDir()
	pack := func(text string) []byte {
		data, err := tarball.Pack([]tarball.File{{Path: "package.json", Mode: 0o644, Data: []byte(text)}})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	good, evil := pack(`{"name":"a","version":"1.0.0"}`), pack(`{"name":"a","version":"1.0.0","scripts":{"install":"evil"}}`)
	c, _, err := ipfsstore.ImportLayout(good)
	if err != nil {
		t.Fatal(err)
	}
	alias, err := ipfsstore.CIDOfIntegrity(tarball.Sum512(good))
	if err != nil {
		t.Fatal(err)
	}
	store, err := ipfsstore.Open(ipfsstore.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s := &session{store: store}
	for _, tt := range []struct {
		name, cid string
		data      []byte
		integrity string
		ok        bool
	}{
		{"right", c.String(), good, tarball.Sum512(good), true},
		{"right, by alias", alias.String(), good, tarball.Sum512(good), true},
		{"no CID", "", good, tarball.Sum512(good), true},
		{"CID of other content", c.String(), evil, tarball.Sum512(evil), false},
		{"alias of other content", alias.String(), evil, tarball.Sum512(evil), false},
		{"other content", c.String(), evil, tarball.Sum512(good), false},
		{"no CID, other content", "", evil, tarball.Sum512(good), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(dir, "a.tgz"), tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			pkg := &lockfile.Package{Version: "1.0.0", Resolved: "file:a.tgz", CID: tt.cid, Integrity: tt.integrity}
			data, err := s.localTarball(context.Background(), dir, "node_modules/a", pkg)
			if tt.ok != (err == nil) {
				t.Fatalf("ok = %v, want %v (%v)", err == nil, tt.ok, err)
			}
			if err != nil && data != nil {
				t.Error("bytes come with the error")
			}
		})
	}
}

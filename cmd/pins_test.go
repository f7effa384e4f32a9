package cmd

import (
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tarball"
)

// What is pinned of a version must be the same whether its bytes were just
// downloaded or are known from before: a download is pinned with its sha512.
func TestPinOfKnownContentIsThatOfADownload(t *testing.T) {
	store, err := ipfsstore.Open(ipfsstore.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s := &session{store: store}
	data := []byte("a tarball")
	sum, weak := tarball.Sum512(data), "sha1-hvfkN/qlp/zhXR3cuerq6jd2Z7g="
	c, err := store.Import(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{sum, weak} {
		if err := store.Remember(key, c, int64(len(data))); err != nil {
			t.Fatal(err)
		}
	}
	other := tarball.Sum512([]byte("other"))
	for _, tt := range []struct {
		name, integrity string
		os              manifest.StringList
		want            pin // without Size, which is checked where it is known
		known           bool
	}{
		{"sha512", sum, nil, pin{CID: c.String(), Integrity: sum}, true},
		{"sha512 and sha1", sum + " " + weak, nil, pin{CID: c.String(), Integrity: sum}, true},
		{"sha1 alone", weak, nil, pin{}, false},
		{"several sha512", other + " " + sum, nil, pin{}, false},
		{"none", "", nil, pin{}, false},
		{"platform, sha1 too", weak + " " + sum, manifest.StringList{"linux"}, pin{Integrity: sum}, true},
	} {
		v := &registry.Version{Manifest: manifest.Manifest{Name: "a", Version: "1.0.0", OS: tt.os}}
		v.Dist.Integrity = tt.integrity
		got, known := s.pinOf(v)
		if known != tt.known {
			t.Errorf("%s: known = %v", tt.name, known)
		}
		if !known {
			continue
		}
		if got.Integrity != tt.want.Integrity || tt.want.CID != "" && got.CID != tt.want.CID || !strings.HasPrefix(got.CID, "b") {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

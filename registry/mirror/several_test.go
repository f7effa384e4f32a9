package mirror

import (
	"testing"

	"github.com/ipnpm/ipnpm/internal/registrytest"
	"github.com/ipnpm/ipnpm/tarball"
)

// A document may name several sha512, of which one has to match. What is kept
// of it is the one that did.
func TestSeveralDigests(t *testing.T) {
	s := registrytest.New(t)
	plain := add(s, "a", "1.0.0", "")
	victim := tarball.Sum512([]byte("another package"))
	own := tarball.Sum512(plain.Data)
	add(s, "a", "1.0.0", `{"dist":{"integrity":"`+victim+" "+own+`"}}`)
	m := newMachine(t).mirror(s.URL)
	v := version(t, m, "a", "1.0.0")
	for range 2 {
		got, err := m.Tarball(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		if got.Integrity != own {
			t.Errorf("integrity is %s, want that of the bytes", got.Integrity)
		}
	}
	if c, _, ok := m.opts.Files.Known(victim); ok {
		t.Errorf("the other package's digest leads to %s", c)
	}
}

package ipfsstore

import (
	"bytes"
	"testing"

	"github.com/ipnpm/ipnpm/tarball"
)

// An index may name its content by several hashes of one algorithm, of which
// any may match. The others are those of other packages, and must not come to
// stand for this content.
func TestOneOfSeveralHashesTeachesNothingOfTheOthers(t *testing.T) {
	mine, victim := []byte("a tarball"), []byte("somebody else's")
	both := tarball.Sum512(victim) + " " + tarball.Sum512(mine)
	c := newContent()
	c.blocks[rawCID(mine).String()] = mine
	s := openStore(t, Options{Sources: []Source{&memory{content: c, name: "m"}}})
	got, err := s.File(testContext(t), Ref{CID: rawCID(mine), Integrity: both})
	if err != nil || !bytes.Equal(got, mine) {
		t.Fatalf("%q, %v", got, err)
	}
	if known, _, ok := s.Known(tarball.Sum512(victim)); ok {
		t.Errorf("the other hash leads to %s", known)
	}
	if known, _, ok := s.Known(tarball.Sum512(mine)); !ok || !known.Equals(rawCID(mine)) {
		t.Errorf("the content's own hash leads to %s, %v", known, ok)
	}
	if alias, err := CIDOfIntegrity(both); err == nil {
		t.Errorf("%s stands for two contents", alias)
	}
	if err := s.Remember(both, rawCID(mine), int64(len(mine))); err == nil {
		t.Error("an open digest was recorded")
	}
}

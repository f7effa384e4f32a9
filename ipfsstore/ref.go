package ipfsstore

import (
	"fmt"
	"strings"

	"github.com/ipfs/go-cid"
)

// Ref asks for a file. CID may be undefined when Integrity holds a sha512: the
// alias CID stands in for it. Integrity may be empty when only the CID is
// known. Size in bytes is a bound and a check when not zero. Name serves error
// messages ("left-pad@1.3.0").
type Ref struct {
	CID       cid.Cid
	Integrity string
	Size      int64
	Name      string
}

func (r Ref) label() string {
	switch {
	case r.Name != "":
		return r.Name
	case r.CID.Defined():
		return r.CID.String()
	}
	return r.Integrity
}

// ParseCID parses a CID as it stands in a lockfile or an index: canonical text
// of a version 1 CID with the codec raw or dag-pb and a hash this package
// verifies (sha2-256, sha2-512). Stricter than cid.Parse, which takes paths,
// any multibase and any hash, so that one content has one spelling.
func ParseCID(s string) (cid.Cid, error) {
	if len(s) > maxCIDText {
		return cid.Undef, fmt.Errorf("CID of %d characters", len(s))
	}
	if !strings.HasPrefix(s, "b") {
		return cid.Undef, fmt.Errorf("%q is not a version 1 CID in base32", s)
	}
	c, err := cid.Decode(s)
	if err != nil {
		return cid.Undef, fmt.Errorf("CID %q: %w", s, err)
	}
	if err := checkCID(c); err != nil {
		return cid.Undef, err
	}
	if c.String() != s {
		return cid.Undef, fmt.Errorf("CID %q is not in its canonical form %s", s, c)
	}
	return c, nil
}

// maxCIDText bounds a CID's text; a raw sha2-512 CID takes 113 characters.
const maxCIDText = 128

// checkCID refuses what cannot be verified here or has no place in an index.
func checkCID(c cid.Cid) error {
	if !c.Defined() {
		return fmt.Errorf("no CID")
	}
	p := c.Prefix()
	if p.Version != 1 {
		return fmt.Errorf("CID %s is of version %d, want 1", c, p.Version)
	}
	if p.Codec != cid.Raw && p.Codec != cid.DagProtobuf {
		return fmt.Errorf("CID %s has codec %#x, want raw or dag-pb", c, p.Codec)
	}
	if _, ok := hasherOf(p.MhType, p.MhLength); !ok {
		return fmt.Errorf("CID %s has hash %#x of %d bytes, want sha2-256 or sha2-512", c, p.MhType, p.MhLength)
	}
	return nil
}

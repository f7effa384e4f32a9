package ipfsstore

import (
	"fmt"

	"github.com/ipfs/go-cid"
	"github.com/ipnpm/ipnpm/tarball"
	mh "github.com/multiformats/go-multihash"
)

// CIDOfIntegrity is the alias CID of a tarball: CIDv1, raw, sha2-512, made of
// the npm integrity itself, so every package-lock.json is a list of CIDs. It
// fails when the integrity holds no sha512, or several.
func CIDOfIntegrity(integrity string) (cid.Cid, error) {
	in, err := tarball.ParseIntegrity(integrity)
	if err != nil {
		return cid.Undef, err
	}
	best, ok := in.Single()
	if !ok || best.Algorithm != "sha512" {
		return cid.Undef, fmt.Errorf("integrity %q does not hold one sha512", integrity)
	}
	hash, err := mh.Encode(best.Digest, mh.SHA2_512)
	if err != nil {
		return cid.Undef, fmt.Errorf("integrity %q: %w", integrity, err)
	}
	return cid.NewCidV1(cid.Raw, hash), nil
}

// integrityOfAlias is the inverse of [CIDOfIntegrity].
func integrityOfAlias(c cid.Cid) (string, error) {
	dec, err := mh.Decode(c.Hash())
	if err != nil {
		return "", fmt.Errorf("CID %s: %w", c, err)
	}
	return tarball.Hash{Algorithm: "sha512", Digest: dec.Digest}.String(), nil
}

// isAlias tells whether c is a raw sha2-512 CID.
func isAlias(c cid.Cid) bool {
	p := c.Prefix()
	return p.Codec == cid.Raw && p.MhType == mh.SHA2_512
}

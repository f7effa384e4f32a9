package ipfsstore

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"

	"github.com/ipfs/go-cid"
	mh "github.com/multiformats/go-multihash"
)

// MaxBlock is the largest block in bytes that is read from any source: what
// Kubo accepts and bitswap carries.
const MaxBlock = 2 << 20

// hasherOf returns the check of one kind of multihash. The standard library is
// called directly, since go-multihash allocates a hasher and a digest a call.
func hasherOf(code uint64, length int) (check func(data, digest []byte) bool, ok bool) {
	switch {
	case code == mh.SHA2_256 && length == sha256.Size:
		return func(data, digest []byte) bool {
			return sha256.Sum256(data) == [sha256.Size]byte(digest)
		}, true
	case code == mh.SHA2_512 && length == sha512.Size:
		return func(data, digest []byte) bool {
			return sha512.Sum512(data) == [sha512.Size]byte(digest)
		}, true
	}
	return nil, false
}

// hashesTo tells whether data has the hash in c; false for a hash that is not
// supported.
func hashesTo(c cid.Cid, data []byte) bool {
	hash := c.Hash()
	code, n := binary.Uvarint(hash)
	if n <= 0 {
		return false
	}
	length, m := binary.Uvarint(hash[n:])
	if m <= 0 || uint64(len(hash)-n-m) != length {
		return false
	}
	check, ok := hasherOf(code, int(length))
	return ok && check(data, hash[n+m:])
}

// rawCID is the CIDv1 raw sha2-256 CID of data.
func rawCID(data []byte) cid.Cid {
	sum := sha256.Sum256(data)
	hash := make([]byte, 0, 2+len(sum))
	hash = append(hash, mh.SHA2_256, sha256.Size)
	hash = append(hash, sum[:]...)
	return cid.NewCidV1(cid.Raw, hash)
}

package tarball

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// maxIntegrity bounds an integrity string: eight sha512 hashes.
const maxIntegrity = 1024

// Hash is one hash of an [Integrity].
type Hash struct {
	// Algorithm is "sha512", "sha384", "sha256" or "sha1".
	Algorithm string
	// Digest is the raw digest, of the algorithm's length.
	Digest []byte
}

// String writes the hash as an integrity string has it: "sha512-<base64>".
func (h Hash) String() string {
	if h.Algorithm == "" {
		return ""
	}
	return h.Algorithm + "-" + base64.StdEncoding.EncodeToString(h.Digest)
}

// Integrity is a parsed integrity string, W3C's Subresource Integrity
// metadata as npm uses it: one or more hashes of the same bytes. The zero
// value holds no hash and verifies nothing.
type Integrity struct {
	// hashes are sorted strongest algorithm first, and otherwise in the order
	// of the string.
	hashes []Hash
}

// MismatchError says that data does not have the hash it should have.
type MismatchError struct {
	// Want holds the acceptable hashes and Got the data's, as integrity
	// strings of the same algorithm.
	Want, Got string
	// Size is the length of the data in bytes.
	Size int64
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("integrity check failed: wanted %s, got %s (%d bytes)", e.Want, e.Got, e.Size)
}

// strength ranks an algorithm, 0 for one that is not supported. npm's ssri
// also knows md5 and a few more, which no registry uses.
func strength(algorithm string) int {
	switch algorithm {
	case "sha512":
		return 4
	case "sha384":
		return 3
	case "sha256":
		return 2
	case "sha1":
		return 1
	}
	return 0
}

// sum returns the digest of data under a supported algorithm.
func sum(algorithm string, data []byte) []byte {
	switch algorithm {
	case "sha512":
		d := sha512.Sum512(data)
		return d[:]
	case "sha384":
		d := sha512.Sum384(data)
		return d[:]
	case "sha256":
		d := sha256.Sum256(data)
		return d[:]
	default:
		d := sha1.Sum(data)
		return d[:]
	}
}

// ParseIntegrity parses an integrity string such as "sha512-… sha1-…":
// hashes separated by blanks, each with optional "?options", which are
// ignored. Hashes of unknown algorithms are passed over, as ssri does; a
// malformed hash of a known one is an error, and so is a string without any
// usable hash.
func ParseIntegrity(s string) (Integrity, error) {
	if len(s) > maxIntegrity {
		return Integrity{}, fmt.Errorf("integrity string of %d bytes is too long", len(s))
	}
	var in Integrity
	for token := range strings.FieldsSeq(s) {
		h, err := parseHash(token)
		if err != nil {
			return Integrity{}, err
		}
		if h.Algorithm != "" {
			in.insert(h)
		}
	}
	if len(in.hashes) == 0 {
		return Integrity{}, fmt.Errorf("integrity %q has no sha512, sha384, sha256 or sha1 hash", s)
	}
	return in, nil
}

// ParseShasum makes an Integrity of a registry's dist.shasum: forty
// hexadecimal digits of SHA-1.
func ParseShasum(s string) (Integrity, error) {
	digest, err := hex.DecodeString(s)
	if err != nil || len(digest) != sha1.Size {
		return Integrity{}, fmt.Errorf("shasum %.60q is not forty hexadecimal digits", s)
	}
	return Integrity{hashes: []Hash{{"sha1", digest}}}, nil
}

// parseHash parses one token; the zero Hash stands for an unknown algorithm.
func parseHash(token string) (Hash, error) {
	token, _, _ = strings.Cut(token, "?")
	algorithm, text, ok := strings.Cut(token, "-")
	if !ok {
		return Hash{}, fmt.Errorf("integrity %q: no hyphen between algorithm and digest", token)
	}
	if strength(algorithm) == 0 {
		return Hash{}, nil
	}
	digest, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return Hash{}, fmt.Errorf("integrity %q: digest is not base64", token)
	}
	if want := len(sum(algorithm, nil)); len(digest) != want {
		return Hash{}, fmt.Errorf("integrity %q: digest has %d bytes, %s has %d", token, len(digest), algorithm, want)
	}
	return Hash{algorithm, digest}, nil
}

// insert keeps the hashes sorted, strongest first, equals in order.
func (in *Integrity) insert(h Hash) {
	at := len(in.hashes)
	for at > 0 && strength(in.hashes[at-1].Algorithm) < strength(h.Algorithm) {
		at--
	}
	in.hashes = append(in.hashes, Hash{})
	copy(in.hashes[at+1:], in.hashes[at:])
	in.hashes[at] = h
}

// IsZero says whether there is no hash at all.
func (in Integrity) IsZero() bool { return len(in.hashes) == 0 }

// Strongest returns the first hash of the strongest algorithm, the zero Hash
// when there is none.
func (in Integrity) Strongest() Hash {
	if in.IsZero() {
		return Hash{}
	}
	return in.hashes[0]
}

// Single returns the strongest hash if it is the only one of its algorithm.
// Of several only the bytes tell which is theirs, so none of them may stand
// for the bytes: not as a key, and not as a CID.
func (in Integrity) Single() (Hash, bool) {
	best := in.best()
	for _, h := range best {
		if !bytes.Equal(h.Digest, best[0].Digest) {
			return Hash{}, false
		}
	}
	return in.Strongest(), len(best) > 0
}

// best returns all hashes of the strongest algorithm; any of them may match.
func (in Integrity) best() []Hash {
	n := 0
	for n < len(in.hashes) && in.hashes[n].Algorithm == in.hashes[0].Algorithm {
		n++
	}
	return in.hashes[:n]
}

// String writes the hashes strongest first, separated by one blank.
func (in Integrity) String() string { return join(in.hashes) }

func join(hashes []Hash) string {
	parts := make([]string, len(hashes))
	for i, h := range hashes {
		parts[i] = h.String()
	}
	return strings.Join(parts, " ")
}

// Verify checks data against the hashes of the strongest algorithm and
// ignores weaker ones, as SRI (section 3.3.4) and ssri do: data passes when
// any of these matches. The error is a *[MismatchError]. An Integrity without
// a hash fails everything.
func (in Integrity) Verify(data []byte) error {
	best := in.best()
	if len(best) == 0 {
		return &MismatchError{Want: "a hash to check against", Got: Sum512(data), Size: int64(len(data))}
	}
	got := Hash{best[0].Algorithm, sum(best[0].Algorithm, data)}
	for _, want := range best {
		if bytes.Equal(want.Digest, got.Digest) {
			return nil
		}
	}
	return &MismatchError{Want: join(best), Got: got.String(), Size: int64(len(data))}
}

// SHA512Of is the SHA-512 of an integrity string, which is that of all bytes that
// match it, again as one. It is false where the string has none, or several: then
// only the bytes can tell.
func SHA512Of(integrity string) (string, bool) {
	in, err := ParseIntegrity(integrity)
	if err != nil {
		return "", false
	}
	sum, ok := in.Single()
	return sum.String(), ok && sum.Algorithm == "sha512"
}

// Verified512 is [Sum512] of data that was found to match an integrity string,
// computed only where that does not tell.
func Verified512(integrity string, data []byte) string {
	if sum, ok := SHA512Of(integrity); ok {
		return sum
	}
	return Sum512(data)
}

// Sum512 returns data's integrity string under SHA-512, the one npm writes.
func Sum512(data []byte) string {
	return Hash{"sha512", sum("sha512", data)}.String()
}

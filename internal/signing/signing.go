// Package signing signs versions as npm's registry does, for tests.
package signing

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"testing"
)

// Key is one of a registry's signing keys.
type Key struct {
	t       testing.TB
	private *ecdsa.PrivateKey
	public  string
	id      string
}

// New makes a key.
func New(t testing.TB) *Key {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	return &Key{t, private, base64.StdEncoding.EncodeToString(der), "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])}
}

// Answer is what /-/npm/v1/keys says.
func (k *Key) Answer() []byte {
	return k.encode(map[string]any{"keys": []any{map[string]any{
		"expires": nil, "keyid": k.id, "keytype": "ecdsa-sha2-nistp256", "scheme": "ecdsa-sha2-nistp256", "key": k.public,
	}}})
}

// usualSize is what all but one in some hundred signatures of a P-256 key have at least,
// in bytes of DER. From there on they are all 96 characters of base64.
const usualSize = 70

// Signatures is the dist.signatures of a version. It is always of one length, so that
// what is counted in bytes does not differ from run to run.
func (k *Key) Signatures(name, version, integrity string) json.RawMessage {
	sum := sha256.Sum256([]byte(name + "@" + version + ":" + integrity))
	var sig []byte
	for len(sig) < usualSize {
		var err error
		if sig, err = ecdsa.SignASN1(rand.Reader, k.private, sum[:]); err != nil {
			k.t.Fatal(err)
		}
	}
	return k.encode([]any{map[string]any{"keyid": k.id, "sig": base64.StdEncoding.EncodeToString(sig)}})
}

func (k *Key) encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		k.t.Fatal(err)
	}
	return data
}

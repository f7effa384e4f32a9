package registry

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// SigningKey is one of the public keys that an npm registry signs its versions
// with, as its /-/npm/v1/keys lists them.
type SigningKey struct {
	KeyID string `json:"keyid"`
	// Expires is when the key stopped signing, nil while it does not.
	Expires *time.Time `json:"expires"`
	KeyType string     `json:"keytype"`
	Scheme  string     `json:"scheme"`
	// Key is the SubjectPublicKeyInfo in base64.
	Key string `json:"key"`
}

// signatureScheme is the one that npm's registry has ever used.
const signatureScheme = "ecdsa-sha2-nistp256"

// Limits on what a registry may say of its keys, and a version of its
// signatures.
const (
	maxSigningKeys = 100
	maxSignatures  = 20
)

// ParseSigningKeys reads the answer of /-/npm/v1/keys. Keys of a scheme that is
// not known are kept: a version signed with one of them alone cannot be checked.
func ParseSigningKeys(data []byte) ([]SigningKey, error) {
	var list struct{ Keys []SigningKey }
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, &FormatError{What: "the registry's signing keys", Reason: "unreadable", Err: err}
	}
	if len(list.Keys) > maxSigningKeys {
		return nil, &FormatError{What: "the registry's signing keys", Reason: fmt.Sprintf("more than %d", maxSigningKeys)}
	}
	return list.Keys, nil
}

// SignatureError says that a version has a signature which is not the
// registry's: somebody may have changed it since it was published.
type SignatureError struct {
	Name, Version, KeyID string
	Err                  error
}

func (e *SignatureError) Error() string {
	return fmt.Sprintf("%s@%s: the registry's signature by key %s does not hold: %v", e.Name, e.Version, e.KeyID, e.Err)
}

func (e *SignatureError) Unwrap() error { return e.Err }

// Code is npm's.
func (e *SignatureError) Code() string { return "EINTEGRITYSIGNATURE" }

// Hint says what the reader can do.
func (e *SignatureError) Hint() string {
	return "do not use it: somebody may have tampered with it since it was published; ask the registry's owner"
}

// VerifySignatures checks every signature of a version against the registry's
// keys, as `npm audit signatures` does. signed is false when the version has
// none, or the registry no keys. The error is a *SignatureError.
func VerifySignatures(v *Version, keys []SigningKey) (signed bool, err error) {
	if len(keys) == 0 || len(v.Dist.Signatures) == 0 {
		return false, nil
	}
	var list []struct{ KeyID, Sig string }
	if err := json.Unmarshal(v.Dist.Signatures, &list); err != nil {
		return false, &SignatureError{v.Name, v.Version, "?", err}
	}
	if len(list) > maxSignatures {
		return false, &SignatureError{v.Name, v.Version, "?", fmt.Errorf("%d signatures", len(list))}
	}
	message := sha256.Sum256([]byte(v.Name + "@" + v.Version + ":" + v.Dist.Integrity))
	for _, s := range list {
		if err := verifySignature(message[:], s.Sig, keyOf(keys, s.KeyID), v.Time); err != nil {
			return false, &SignatureError{v.Name, v.Version, s.KeyID, err}
		}
	}
	return len(list) > 0, nil
}

func keyOf(keys []SigningKey, id string) *SigningKey {
	for i := range keys {
		if keys[i].KeyID == id {
			return &keys[i]
		}
	}
	return nil
}

// verifySignature also refuses what a key signed after its end. Where nobody
// knows when that was, npm takes it to be before.
func verifySignature(message []byte, signature string, key *SigningKey, published time.Time) error {
	switch {
	case key == nil:
		return errors.New("the registry has no such key")
	case key.Scheme != signatureScheme:
		return fmt.Errorf("its scheme %q is not known", key.Scheme)
	case key.Expires != nil && !published.Before(*key.Expires):
		return fmt.Errorf("the key has expired on %s", key.Expires.Format(time.DateOnly))
	}
	der, err := base64.StdEncoding.DecodeString(key.Key)
	if err != nil {
		return fmt.Errorf("the key: %w", err)
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return fmt.Errorf("the key: %w", err)
	}
	public, ok := parsed.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return errors.New("the key is not one of its scheme")
	}
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return err
	}
	if !ecdsa.VerifyASN1(public, message, sig) {
		return errors.New("it is of something else")
	}
	return nil
}

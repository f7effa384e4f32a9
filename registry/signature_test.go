package registry

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/signing"
)

// signed is a version with a signature by the key.
func signed(key *signing.Key, integrity string) *Version {
	v := &Version{Dist: Dist{Integrity: integrity}}
	v.Name, v.Version = "@s/a", "1.0.0"
	v.Dist.Signatures = key.Signatures("@s/a", "1.0.0", integrity)
	return v
}

func keysOf(t testing.TB, key *signing.Key) []SigningKey {
	t.Helper()
	keys, err := ParseSigningKeys(key.Answer())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestVerifySignatures(t *testing.T) {
	key, other := signing.New(t), signing.New(t)
	long := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		keys   []SigningKey
		change func(v *Version, keys []SigningKey)
		signed bool
		want   string
	}{
		"good":              {keysOf(t, key), func(*Version, []SigningKey) {}, true, ""},
		"no keys":           {nil, func(*Version, []SigningKey) {}, false, ""},
		"no signature":      {keysOf(t, key), func(v *Version, _ []SigningKey) { v.Dist.Signatures = nil }, false, ""},
		"an empty list":     {keysOf(t, key), func(v *Version, _ []SigningKey) { v.Dist.Signatures = []byte("[]") }, false, ""},
		"no list":           {keysOf(t, key), func(v *Version, _ []SigningKey) { v.Dist.Signatures = []byte("7") }, false, "cannot unmarshal"},
		"another digest":    {keysOf(t, key), func(v *Version, _ []SigningKey) { v.Dist.Integrity = "sha512-x" }, false, "something else"},
		"another version":   {keysOf(t, key), func(v *Version, _ []SigningKey) { v.Version = "1.0.1" }, false, "something else"},
		"somebody's key":    {keysOf(t, other), func(*Version, []SigningKey) {}, false, "no such key"},
		"its ID, other key": {keysOf(t, key), func(_ *Version, k []SigningKey) { k[0].Key = keysOf(t, other)[0].Key }, false, "something else"},
		"another scheme":    {keysOf(t, key), func(_ *Version, k []SigningKey) { k[0].Scheme = "rsa" }, false, "not known"},
		"no key":            {keysOf(t, key), func(_ *Version, k []SigningKey) { k[0].Key = "AAAA" }, false, "the key"},
		"signed in time":    {keysOf(t, key), func(_ *Version, k []SigningKey) { k[0].Expires = &long }, true, ""},
		"signed afterwards": {keysOf(t, key), func(v *Version, k []SigningKey) { k[0].Expires, v.Time = &long, long.AddDate(1, 0, 0) }, false, "expired"},
		"far too many":      {keysOf(t, key), func(v *Version, _ []SigningKey) { v.Dist.Signatures = []byte("[" + strings.Repeat("{},", 30) + "{}]") }, false, "31 signatures"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := signed(key, "sha512-abc")
			tt.change(v, tt.keys)
			got, err := VerifySignatures(v, tt.keys)
			if got != tt.signed || (err == nil) != (tt.want == "") {
				t.Fatalf("%v, %v", got, err)
			}
			if bad := new(SignatureError); err != nil && (!errors.As(err, &bad) || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestInfoKeepsKeys(t *testing.T) {
	keys := keysOf(t, signing.New(t))
	at := time.Date(2025, 1, 29, 0, 0, 0, 0, time.UTC)
	keys = append(keys, SigningKey{KeyID: "old", Expires: &at, KeyType: signatureScheme, Scheme: signatureScheme, Key: "AA"})
	data := Info{Format: Format, Keys: keys}.Encode()
	if !json.Valid(data) {
		t.Fatalf("%s", data)
	}
	back, err := ParseInfo(data)
	if err != nil || len(back.Keys) != 2 || back.Keys[0].Key != keys[0].Key || !back.Keys[1].Expires.Equal(at) {
		t.Errorf("%+v, %v", back, err)
	}
	if again := back.Encode(); string(again) != string(data) {
		t.Errorf("%s\n%s", data, again)
	}
}

func FuzzSignatures(f *testing.F) {
	key := signing.New(f)
	keys := keysOf(f, key)
	f.Add([]byte(key.Signatures("@s/a", "1.0.0", "sha512-abc")), key.Answer())
	f.Add([]byte(`[]`), []byte(`{"keys":[]}`))
	f.Fuzz(func(t *testing.T, signatures, answer []byte) {
		v := signed(key, "sha512-other")
		v.Dist.Signatures = signatures
		if ok, err := VerifySignatures(v, keys); ok && err == nil {
			t.Errorf("%s passes for a signature of another digest", signatures)
		}
		if parsed, err := ParseSigningKeys(answer); err == nil {
			_, _ = VerifySignatures(signed(key, "sha512-abc"), parsed)
			if data := (Info{Format: Format, Keys: parsed}).Encode(); !json.Valid(data) {
				t.Errorf("%s", data)
			}
		}
	})
}

package ipfsstore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestKeystore(t *testing.T) {
	ks := openStore(t, Options{}).Keys()
	if keys, err := ks.List(); err != nil || len(keys) != 0 {
		t.Errorf("empty keystore: %v, %v", keys, err)
	}
	made, err := ks.Generate("release")
	if err != nil || !strings.HasPrefix(made.ID(), "k51") {
		t.Fatalf("%q, %v", made.ID(), err)
	}
	if _, err := ks.Generate("release"); !errors.Is(err, ErrKeyExists) {
		t.Errorf("second of the name: %v", err)
	}
	data, err := ks.Export("release")
	if err != nil {
		t.Fatal(err)
	}
	copied, err := openStore(t, Options{}).Keys().Import("copy", data)
	if err != nil || copied.ID() != made.ID() {
		t.Errorf("copy is %q, %v", copied.ID(), err)
	}
	if keys, err := ks.List(); err != nil || len(keys) != 1 || keys[0].ID() != made.ID() {
		t.Errorf("list: %v, %v", keys, err)
	}
	if _, err := ks.Key("none"); !errors.Is(err, ErrNoKey) {
		t.Errorf("got %v", err)
	}
}

func TestKeyFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // no such modes there
	}
	ks := openStore(t, Options{}).Keys()
	if _, err := ks.Generate("k"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(ks.dir, "k.key")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ks.Key("k"); err == nil {
		t.Error("a key that others can read is used")
	}
}

func TestKeyNames(t *testing.T) {
	ks := openStore(t, Options{}).Keys()
	for _, bad := range []string{"", "self", ".hidden", "../up", "a/b", "a b", strings.Repeat("x", 65), "ü"} {
		if _, err := ks.Generate(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestBadKeys(t *testing.T) {
	ks := openStore(t, Options{}).Keys()
	for what, data := range map[string][]byte{
		"empty": nil, "noise": randomBytes(1, 68), "long": make([]byte, maxKey+1),
		"pem of something": []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
	} {
		if _, err := ks.Import("k", data); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	ks := openStore(f, Options{}).Keys()
	if _, err := ks.Generate("k"); err != nil {
		f.Fatal(err)
	}
	seed, _ := ks.Export("k")
	f.Add(seed)
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAAA\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		priv, err := parseKey(data)
		if err != nil {
			return
		}
		if _, err := newKey("k", priv); err != nil {
			t.Errorf("parsed, but has no name: %v", err)
		}
		raw, err := priv.Raw()
		if err != nil || bytes.Equal(raw, nil) {
			t.Errorf("raw: %v", err)
		}
	})
}

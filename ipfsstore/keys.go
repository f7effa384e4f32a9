package ipfsstore

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/ipfs/boxo/ipns"
	"github.com/libp2p/go-libp2p/core/crypto"
	peerid "github.com/libp2p/go-libp2p/core/peer"
)

// ErrKeyExists refuses to overwrite a key: its name would be lost for good.
var ErrKeyExists = errors.New("key exists")

// ErrNoKey says that the keystore has no key of that name.
var ErrNoKey = errors.New("no such key")

const (
	keySuffix = ".key"
	maxKey    = 4 << 10 // bytes; an Ed25519 key takes 68
)

// Keystore holds Ed25519 keys, one file of mode 0600 each, in the form that
// `ipfs key import` and `ipfs key export` use (libp2p-protobuf-cleartext).
type Keystore struct{ dir string }

// Key is a named key; its IPNS name is [Key.ID].
type Key struct {
	Name string
	priv crypto.PrivKey
	id   ipns.Name
}

// ID is the IPNS name of the key ("k51…").
func (k Key) ID() string { return k.id.String() }

// Keys is the store's keystore.
func (s *Store) Keys() *Keystore { return &Keystore{dir: filepath.Join(s.dir, "keys")} }

// Generate makes a new key; [ErrKeyExists] when the name is taken.
func (ks *Keystore) Generate(name string) (Key, error) {
	priv, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		return Key{}, fmt.Errorf("generating key: %w", err)
	}
	return ks.add(name, priv)
}

// Import stores a key that [Keystore.Export] or `ipfs key export` wrote, in
// either of Kubo's formats (libp2p-protobuf-cleartext, pem-pkcs8-cleartext).
// Only Ed25519 is taken: IPNS names of other keys do not hold the public key.
func (ks *Keystore) Import(name string, data []byte) (Key, error) {
	priv, err := parseKey(data)
	if err != nil {
		return Key{}, fmt.Errorf("importing key %q: %w", name, err)
	}
	return ks.add(name, priv)
}

// Export returns the key's file as `ipfs key import` takes it. It is the
// private key, in the clear.
func (ks *Keystore) Export(name string) ([]byte, error) {
	k, err := ks.Key(name)
	if err != nil {
		return nil, err
	}
	return crypto.MarshalPrivateKey(k.priv)
}

// Key loads a key; [ErrNoKey] when there is none. A file that others may read
// is refused.
func (ks *Keystore) Key(name string) (Key, error) {
	path, err := ks.path(name)
	if err != nil {
		return Key{}, err
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Key{}, fmt.Errorf("%w: %q", ErrNoKey, name)
	}
	if err != nil {
		return Key{}, fmt.Errorf("key %q: %w", name, err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return Key{}, fmt.Errorf("key %q: %s has mode %#o, so others can read it\n\nhint: chmod 600 it, or make a new key",
			name, path, info.Mode().Perm())
	}
	data, err := readSmall(path, maxKey)
	if err != nil {
		return Key{}, fmt.Errorf("key %q: %w", name, err)
	}
	priv, err := parseKey(data)
	if err != nil {
		return Key{}, fmt.Errorf("key %q: %w", name, err)
	}
	return newKey(name, priv)
}

// List returns all keys, by name.
func (ks *Keystore) List() ([]Key, error) {
	entries, err := os.ReadDir(ks.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing keys: %w", err)
	}
	var keys []Key
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), keySuffix)
		if !ok || checkKeyName(name) != nil {
			continue
		}
		k, err := ks.Key(name)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func (ks *Keystore) add(name string, priv crypto.PrivKey) (Key, error) {
	path, err := ks.path(name)
	if err != nil {
		return Key{}, err
	}
	k, err := newKey(name, priv)
	if err != nil {
		return Key{}, err
	}
	data, err := crypto.MarshalPrivateKey(priv)
	if err != nil {
		return Key{}, fmt.Errorf("encoding key: %w", err)
	}
	if err := os.MkdirAll(ks.dir, 0o700); err != nil {
		return Key{}, fmt.Errorf("storing key: %w", err)
	}
	err = writeOnce(path, data)
	if errors.Is(err, fs.ErrExist) {
		return Key{}, fmt.Errorf("%w: %q", ErrKeyExists, name)
	}
	if err != nil {
		return Key{}, fmt.Errorf("storing key: %w", err)
	}
	return k, nil
}

// writeOnce makes a private file whole or not at all, never over another: it
// is synced, since a key that was shown to the user must not be lost.
func writeOnce(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Link(f.Name(), path)
}

func (ks *Keystore) path(name string) (string, error) {
	if err := checkKeyName(name); err != nil {
		return "", err
	}
	return filepath.Join(ks.dir, name+keySuffix), nil
}

// checkKeyName keeps key names usable as file names everywhere.
func checkKeyName(name string) error {
	if !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`).MatchString(name) {
		return fmt.Errorf("key name %q: want up to 64 letters, digits, dots, hyphens and underscores", name)
	}
	if name == "self" {
		return errors.New(`key name "self" stands for a Kubo daemon's own key`)
	}
	return nil
}

func newKey(name string, priv crypto.PrivKey) (Key, error) {
	id, err := peerid.IDFromPrivateKey(priv)
	if err != nil {
		return Key{}, fmt.Errorf("key %q: %w", name, err)
	}
	return Key{Name: name, priv: priv, id: ipns.NameFromPeer(id)}, nil
}

func parseKey(data []byte) (crypto.PrivKey, error) {
	if len(data) > maxKey {
		return nil, fmt.Errorf("key file of %d bytes", len(data))
	}
	if block, _ := pem.Decode(data); block != nil {
		return parsePEM(block)
	}
	priv, err := crypto.UnmarshalPrivateKey(data)
	if err != nil {
		return nil, err
	}
	if priv.Type() != crypto.Ed25519 {
		return nil, fmt.Errorf("key is %s, want Ed25519", priv.Type())
	}
	return priv, nil
}

func parsePEM(block *pem.Block) (crypto.PrivKey, error) {
	std, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	ed, ok := std.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("key is %T, want Ed25519", std)
	}
	priv, _, err := crypto.KeyPairFromStdKey(&ed)
	return priv, err
}

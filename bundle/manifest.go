package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/ipfs/go-cid"
)

// Format is the version of the format that this package writes, and the newest
// that it reads.
const Format = 1

// Manifest is bundle.json.
type Manifest struct {
	Format int `json:"format"`
	// Registries are those that the packages came from, by their keys in the
	// lockfile.
	Registries map[string]Registry `json:"registries"`
}

// Registry says where a registry is known to be, and what state of it the bundle
// has a part of. It has a name (ipns://), an address (https://), or neither,
// when the root is all that is configured (ipfs://).
type Registry struct {
	IPNS     string `json:"ipns,omitempty"`
	Upstream string `json:"upstream,omitempty"`
	Root     string `json:"root"`
}

// NewerFormatError says that a bundle is of a later format than is known here.
type NewerFormatError struct{ Found int }

func (e *NewerFormatError) Error() string {
	return fmt.Sprintf("the bundle has format %d and this ipnpm reads up to format %d", e.Found, Format)
}

// Hint says what to do.
func (e *NewerFormatError) Hint() string { return "install a newer ipnpm" }

// parseManifest is strict: what it does not know, it would lose.
func parseManifest(data []byte) (Manifest, error) {
	var head struct{ Format int }
	if err := json.Unmarshal(data, &head); err != nil {
		return Manifest{}, err
	}
	if head.Format > Format {
		return Manifest{}, &NewerFormatError{Found: head.Format}
	}
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return Manifest{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Manifest{}, errors.New("goes on after its end")
	}
	if m.Format < 1 {
		return Manifest{}, fmt.Errorf("has format %d", m.Format)
	}
	for key, r := range m.Registries {
		if err := r.check(); err != nil {
			return Manifest{}, fmt.Errorf("registry %q: %w", key, err)
		}
	}
	return m, nil
}

func (r Registry) check() error {
	if _, err := cid.Decode(r.Root); err != nil {
		return fmt.Errorf("root: %w", err)
	}
	if r.Upstream == "" {
		return nil
	}
	u, err := url.Parse(r.Upstream)
	switch {
	case err != nil:
		return err
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil:
		return fmt.Errorf("%q is no address of an npm registry", u.Redacted())
	case r.IPNS != "":
		return errors.New("has both a name and an address")
	}
	return nil
}

// encode sorts keys, as encoding/json does: equal manifests have equal bytes.
func (m Manifest) encode() ([]byte, error) {
	m.Format = Format
	data, err := json.MarshalIndent(m, "", "  ")
	return append(data, '\n'), err
}

package registry

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/ipnpm/ipnpm/manifest"
)

// Version is one version's metadata in npm's words. Of the manifest it has
// what installing takes: what Packument.Encode keeps, and scripts, gypfile and
// license where a full document has them. Development dependencies, workspaces,
// overrides and the like matter to a project only and are left out.
type Version struct {
	manifest.Manifest
	// Deprecated is the publisher's message; empty when not deprecated.
	Deprecated Deprecation `json:"deprecated,omitempty"`
	Dist       Dist        `json:"dist"`
	// Time is when the version was published, in the registry's word; zero
	// when the document does not say.
	Time time.Time `json:"time,omitzero"`
}

// Deprecation is the `deprecated` field: a message; registries also hold
// booleans there (true, and false for "not any more").
type Deprecation string

// Dist is where a version's bytes are and what they must hash to.
type Dist struct {
	// Integrity is subresource integrity, "sha512-<base64>", possibly several
	// separated by spaces.
	Integrity string `json:"integrity,omitempty"`
	// Shasum is hex SHA-1, all that packages from before 2017 may have.
	Shasum string `json:"shasum,omitempty"`
	// Tarball is the upstream URL or a bare file name; empty in an index.
	Tarball string `json:"tarball,omitempty"`
	// CID is the UnixFS CID of the tarball; an index always has it, an
	// upstream document never.
	CID string `json:"cid,omitempty"`
	// Size is the tarball's length in bytes, 0 when unknown.
	Size int64 `json:"size,omitempty"`
	// UnpackedSize and FileCount are the publisher's word on the contents.
	UnpackedSize int64 `json:"unpackedSize,omitempty"`
	FileCount    int   `json:"fileCount,omitempty"`
	// Signatures and Attestations are the upstream's own, kept as they are.
	Signatures   json.RawMessage `json:"signatures,omitempty"`
	Attestations json.RawMessage `json:"attestations,omitempty"`
}

// unspecifiedDeprecation stands for a bare `"deprecated": true`.
const unspecifiedDeprecation = "this version is deprecated"

// UnmarshalJSON accepts a message or a boolean; anything else counts as not
// deprecated, as it does for npm's own tools.
func (d *Deprecation) UnmarshalJSON(data []byte) error {
	*d = ""
	switch {
	case bytes.Equal(data, []byte("true")):
		*d = unspecifiedDeprecation
	case len(data) > 0 && data[0] == '"':
		return json.Unmarshal(data, (*string)(d))
	}
	return nil
}

// validVersion bounds what may become a version and thereby part of a file
// name: node-semver's alphabet and length, starting with a digit or the "v"
// of old documents. Precedence is for whoever picks.
func validVersion(v string) bool {
	if v == "" || len(v) > 256 {
		return false
	}
	if c := v[0]; c != 'v' && (c < '0' || c > '9') {
		return false
	}
	for i := range len(v) {
		c := v[i]
		ok := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' || c == '-' || c == '+'
		if !ok {
			return false
		}
	}
	return true
}

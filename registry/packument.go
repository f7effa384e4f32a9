package registry

import (
	"encoding/json"
	"time"

	"github.com/ipnpm/ipnpm/manifest"
)

// Packument is npm's abbreviated package document, or the slice of it that an
// index carries: the dist-tags, and the versions, each decoded only when it is
// asked for, since of a thousand versions the resolver looks at a handful.
type Packument struct {
	Name     string
	DistTags map[string]string
	// Registry is the key of the registry that it came from, set by the
	// layering; see lockfile.DefaultRegistry.
	Registry string

	versions map[string]*entry
	times    map[string]string
}

type entry struct {
	raw     json.RawMessage
	decoded *Version
	err     error
}

// Version is one version's metadata in npm's words.
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
	Integrity string `json:"integrity,omitempty"`
	Shasum    string `json:"shasum,omitempty"`
	// Tarball is the upstream URL or a bare file name; empty in an index.
	Tarball string `json:"tarball,omitempty"`
	// CID is the UnixFS CID of the tarball; an index always has it, an
	// upstream document never.
	CID          string          `json:"cid,omitempty"`
	Size         int64           `json:"size,omitempty"`
	UnpackedSize int64           `json:"unpackedSize,omitempty"`
	FileCount    int             `json:"fileCount,omitempty"`
	Signatures   json.RawMessage `json:"signatures,omitempty"`
	Attestations json.RawMessage `json:"attestations,omitempty"`
}

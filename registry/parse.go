package registry

import (
	"encoding/json"
	"fmt"

	"github.com/ipnpm/ipnpm/manifest"
)

// Limits on one document. The longest in npm's registry are about 100 MB with
// 30,000 versions (full form).
const (
	maxDocument = 256 << 20
	maxVersions = 200_000
	maxTags     = 100_000
)

// Parse reads a package document: an upstream's abbreviated or full one, or
// an index's canonical form. One pass finds the spans of the versions; each
// is decoded when first asked for. The document keeps data, which must not
// change afterwards.
//
// Refused with a *FormatError: what is not one JSON object, has no valid
// package name, or exceeds the limits. Dropped silently, as nobody could
// install them: versions whose number is not one, tags that are not strings.
func Parse(data []byte) (*Packument, error) {
	if len(data) > maxDocument {
		return nil, &FormatError{What: "package document", Reason: fmt.Sprintf("%d bytes are too many", len(data))}
	}
	spans, err := scanDocument(data)
	if err != nil {
		return nil, &FormatError{What: "package document", Reason: "not a JSON object", Err: err}
	}
	return spans.packument()
}

// packument makes the document of parts that were found.
func (spans document) packument() (*Packument, error) {
	p := New("")
	if json.Unmarshal(spans.name, &p.Name) != nil || p.Name == "" {
		return nil, &FormatError{What: "package document", Reason: "no name"}
	}
	if err := manifest.ValidateName(p.Name); err != nil {
		return nil, &FormatError{What: "package document", Reason: "bad name", Err: err}
	}
	if err := p.readTags(spans.tags); err != nil {
		return nil, err
	}
	if err := p.readVersions(spans.versions); err != nil {
		return nil, err
	}
	if spans.time != nil {
		p.times = &timeTable{raw: spans.time}
	}
	return p, nil
}

func (p *Packument) readTags(raw []byte) error {
	if raw == nil {
		return nil
	}
	tags, err := members(raw, nil)
	if err != nil {
		return &FormatError{What: p.Name, Reason: "dist-tags is not an object", Err: err}
	}
	if len(tags) > maxTags {
		return &FormatError{What: p.Name, Reason: fmt.Sprintf("%d dist-tags are too many", len(tags))}
	}
	for _, m := range tags {
		var version string
		tag, err := m.name()
		if err == nil && len(m.value) > 0 && m.value[0] == '"' && json.Unmarshal(m.value, &version) == nil {
			p.DistTags[tag] = version
		}
	}
	return nil
}

func (p *Packument) readVersions(found []span) error {
	if len(found) > maxVersions {
		return &FormatError{What: p.Name, Reason: fmt.Sprintf("%d versions are too many", len(found))}
	}
	p.versions = make(map[string]*entry, len(found))
	slab := make([]entry, len(found))
	for i, m := range found {
		version, err := m.name()
		if err != nil || !validVersion(version) || len(m.value) == 0 || m.value[0] != '{' {
			continue
		}
		slab[i].raw = m.value
		p.versions[version] = &slab[i]
	}
	return nil
}

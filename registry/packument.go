package registry

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ipnpm/ipnpm/manifest"
)

// Packument is npm's abbreviated package document, or the slice of it that an
// index carries: the dist-tags, and the versions, each decoded only when it is
// asked for, since of a thousand versions the resolver looks at a handful.
//
// Any number of goroutines may read one Packument; Set, Delete and writes to
// the exported fields need it to themselves.
type Packument struct {
	Name string
	// DistTags maps tag to version. A tag may name a version that this
	// document does not carry; Encode leaves those out.
	DistTags map[string]string

	versions map[string]*entry
	times    *timeTable
	sorted   atomic.Pointer[[]string]
	held     map[string]string // see Hold
}

// entry is one version: its span of the document, and once asked for, what it
// decodes to. A version that was Set has no span.
type entry struct {
	raw     []byte
	decoded atomic.Pointer[decoded]
}

type decoded struct {
	version *Version
	err     error
}

// timeTable is an upstream's top-level `time`, decoded on the first question
// because most resolutions never ask.
type timeTable struct {
	raw  []byte
	once sync.Once
	at   map[string]time.Time
}

// New returns a document without versions.
func New(name string) *Packument {
	return &Packument{Name: name, DistTags: map[string]string{}, versions: map[string]*entry{}}
}

// Has reports whether the document carries version v, whether or not its
// metadata can be decoded.
func (p *Packument) Has(v string) bool {
	_, ok := p.versions[v]
	return ok
}

// Version returns the metadata of version v, decoded once and shared by all
// callers, who must not change it. Its Name and Version are always those
// under which it was asked for, whatever the document says inside, and its
// Dependencies hold no name that is in OptionalDependencies too (npm's
// documents repeat those). The error is a *VersionNotFoundError when there is
// no such version, otherwise a *FormatError.
func (p *Packument) Version(v string) (*Version, error) {
	e, ok := p.versions[v]
	if !ok {
		return nil, &VersionNotFoundError{Name: p.Name, Version: v}
	}
	d := e.decoded.Load()
	if d == nil {
		d = p.decode(v, e.raw)
		if !e.decoded.CompareAndSwap(nil, d) {
			d = e.decoded.Load()
		}
	}
	return d.version, d.err
}

func (p *Packument) decode(v string, raw []byte) *decoded {
	version, err := decodeVersion(p.Name, v, raw)
	if err != nil {
		return &decoded{err: &FormatError{What: p.Name + "@" + v, Reason: "unreadable metadata", Err: err}}
	}
	if at, ok := p.times.lookup(v); ok {
		version.Time = at
	}
	return &decoded{version: version}
}

// VersionList returns the versions sorted as strings, not by precedence. The
// slice is shared; do not change it.
func (p *Packument) VersionList() []string {
	if l := p.sorted.Load(); l != nil {
		return *l
	}
	list := make([]string, 0, len(p.versions))
	for v := range p.versions {
		list = append(list, v)
	}
	slices.Sort(list)
	p.sorted.Store(&list)
	return list
}

// Time returns when version v was published, and whether the document says.
// Abbreviated upstream documents do not.
func (p *Packument) Time(v string) (time.Time, bool) {
	e, ok := p.versions[v]
	if !ok {
		return time.Time{}, false
	}
	if d := e.decoded.Load(); d != nil && d.version != nil {
		return d.version.Time, !d.version.Time.IsZero()
	}
	if t, ok := p.times.lookup(v); ok {
		return t, true
	}
	t := parseTime(member(e.raw, "time"))
	return t, !t.IsZero()
}

// IsDeprecated reports whether version v carries a deprecation, without
// decoding it.
func (p *Packument) IsDeprecated(v string) bool {
	e, ok := p.versions[v]
	if !ok {
		return false
	}
	if d := e.decoded.Load(); d != nil && d.version != nil {
		return d.version.Deprecated != ""
	}
	var message Deprecation
	raw := member(e.raw, "deprecated")
	return raw != nil && json.Unmarshal(raw, &message) == nil && message != ""
}

// Slice returns a document with only the versions that keep accepts, sharing
// what is decoded already. It keeps all dist-tags, so that merging the slice
// into an older one moves tags between versions that both know.
func (p *Packument) Slice(keep func(v string) bool) *Packument {
	out := New(p.Name)
	out.times, out.held = p.times, maps.Clone(p.held)
	for tag, v := range p.DistTags {
		out.DistTags[tag] = v
	}
	for v, e := range p.versions {
		if keep(v) {
			out.versions[v] = e
		}
	}
	return out
}

// Set adds v or replaces the version of that number. The document keeps v;
// do not change it afterwards.
func (p *Packument) Set(v *Version) error {
	if v.Name != p.Name {
		return fmt.Errorf("registry: version of %q put into the document of %q", v.Name, p.Name)
	}
	if err := manifest.ValidateName(v.Name); err != nil {
		return fmt.Errorf("registry: %w", err)
	}
	if !validVersion(v.Version) {
		return fmt.Errorf("registry: %s has an invalid version %q", v.Name, v.Version)
	}
	e := &entry{}
	e.decoded.Store(&decoded{version: v})
	p.versions[v.Version] = e
	p.sorted.Store(nil)
	return nil
}

// Delete removes version v; dist-tags that name it stay until Encode.
func (p *Packument) Delete(v string) {
	delete(p.versions, v)
	p.sorted.Store(nil)
}

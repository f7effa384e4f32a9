// Package pick chooses the version of a package that answers a spec, the one
// that npm-pick-manifest 12 (npm 12's) chooses from the same document.
//
// The highest version that satisfies a range is not always the best. In order,
// npm prefers
//
//   - the version that the default tag names, `latest` unless configured, when
//     it satisfies, is not deprecated and its engines fit: publishers move the
//     tag back when a release turns out bad;
//   - a version that is neither deprecated nor excluded by its engines;
//   - a deprecated one before one whose engines do not fit;
//   - the higher one.
//
// A tag or an exact version is taken as it is: deprecated or not. Versions
// published after Options.Before do not exist; a tag that names one stands for
// the best version up to it.
//
// A document may have thousands of versions, and decoding one costs more than
// sifting them all, so it is done from the top and only until the best is
// known, usually once. Staged and policy-restricted versions, which npm's own
// registry alone can serve, are not part of a registry.Packument.
package pick

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// Options are npm's settings that bear on the choice.
type Options struct {
	// DefaultTag is npm's `tag`; "latest" when empty.
	DefaultTag string
	// Before hides versions published later, npm's `before` and
	// `min-release-age`; zero hides none. A version without a time in the
	// document is not hidden, so the document must be one that has them.
	Before time.Time
	// BeforeExclude are names and glob patterns ("@mine/*") of packages that
	// Before does not apply to, npm's `min-release-age-exclude`.
	BeforeExclude []string
	// NodeVersion and NPMVersion are the running ones, "20.11.0"; the engine
	// of an empty one does not count.
	NodeVersion, NPMVersion string
	// Avoid is a range of versions to take only when nothing else satisfies,
	// as those of a security advisory; empty for none.
	Avoid string
}

// Version returns the version of p that answers spec, of which the alias's
// target counts. The error is a *NoVersionError when there is none, a *SpecError
// when no registry can answer the spec, or why p cannot decode the version
// chosen.
func Version(p *registry.Packument, spec manifest.Spec, o Options) (*registry.Version, error) {
	return newSearch(p, spec.Target(), o).find()
}

// search is one question.
type search struct {
	doc  *registry.Packument
	spec manifest.Spec
	Options
	// avoid is Avoid parsed, nil for none.
	avoid *npmrange.Range
	// unlimited lets in what is hidden, to tell what that would have been.
	unlimited bool
}

func newSearch(p *registry.Packument, spec manifest.Spec, o Options) *search {
	s := &search{doc: p, spec: spec, Options: o}
	s.DefaultTag = cmp.Or(o.DefaultTag, "latest")
	if !o.Before.IsZero() && Matches(p.Name, o.BeforeExclude) {
		s.Before = time.Time{}
	}
	if o.Avoid != "" {
		r, err := npmrange.Parse(o.Avoid, npmrange.Options{Loose: true, IncludePrerelease: true})
		if err == nil { // nothing satisfies what is not a range
			s.avoid = r
		}
	}
	return s
}

func (s *search) find() (*registry.Version, error) {
	wanted := strings.TrimSpace(s.spec.Fetch)
	switch s.spec.Kind {
	case manifest.KindTag:
		return s.tagged(wanted)
	case manifest.KindVersion:
		return s.exact(wanted)
	case manifest.KindRange:
		spec := s.spec
		spec.Fetch = cmp.Or(wanted, "*")
		return s.inRange(spec)
	}
	return nil, &SpecError{Name: s.spec.Name, Kind: s.spec.Kind}
}

func (s *search) tagged(tag string) (*registry.Version, error) {
	v := s.doc.DistTags[tag]
	switch {
	case !s.doc.Has(v):
		return nil, s.none(TargetMissing)
	case s.hidden(v):
		return s.inRange(manifest.Spec{Fetch: "<=" + v})
	}
	return s.doc.Version(v)
}

func (s *search) exact(wanted string) (*registry.Version, error) {
	v, ok := npmrange.Clean(wanted, true)
	if !ok || !s.doc.Has(v) || s.hidden(v) {
		return nil, s.none(TargetMissing)
	}
	return s.doc.Version(v)
}

func (s *search) inRange(spec manifest.Spec) (*registry.Version, error) {
	r, err := spec.Range()
	if err != nil {
		return nil, s.none(TargetMissing)
	}
	if v, err := s.byDefaultTag(spec.Fetch, r); v != nil || err != nil {
		return v, err
	}
	if !s.anyVisible() {
		return nil, s.none(NoVersions)
	}
	found := r.Filter(s.doc.VersionList())
	if !s.Before.IsZero() || s.doc.AnyHeld() {
		found = visible(found, s.hidden)
	}
	if len(found) == 0 {
		return nil, s.none(TargetMissing)
	}
	return s.best(found)
}

// byDefaultTag returns the default tag's version if nothing speaks against it.
func (s *search) byDefaultTag(text string, r *npmrange.Range) (*registry.Version, error) {
	v := s.doc.DistTags[s.DefaultTag]
	// "*" takes a prerelease too when the tag names one.
	if v == "" || text != "*" && !r.TestString(v) || s.avoided(v) {
		return nil, nil
	}
	if !s.doc.Has(v) || s.hidden(v) || s.doc.IsDeprecated(v) {
		return nil, nil
	}
	picked, err := s.doc.Version(v)
	if disputed(err) {
		return nil, err
	}
	if err != nil || !s.engineOK(picked) {
		return nil, nil //nolint:nilerr // a version that cannot be read is not preferred
	}
	return picked, nil
}

// disputed tells a version that registries do not agree on. To pass it over
// would hide that.
func disputed(err error) bool {
	_, ok := errors.AsType[*registry.DisagreementError](err)
	return ok
}

// best returns the first of the highest class; found has the highest version
// first. A version that cannot be decoded is below all others.
func (s *search) best(found []string) (*registry.Version, error) {
	// Only those not avoided and not deprecated can be of the first class,
	// and it is nearly always one of the first few.
	for _, v := range found {
		if s.avoided(v) || s.doc.IsDeprecated(v) {
			continue
		}
		picked, err := s.doc.Version(v)
		if disputed(err) {
			return nil, err
		}
		if err == nil && s.engineOK(picked) {
			return picked, nil
		}
	}
	var best *registry.Version
	highest := -1
	for _, v := range found {
		picked, err := s.doc.Version(v)
		if err != nil {
			continue
		}
		if c := s.class(picked); c > highest {
			best, highest = picked, c
		}
	}
	if best == nil {
		return s.doc.Version(found[0])
	}
	return best, nil
}

// class ranks a version: 0 to 7, higher is better.
func (s *search) class(v *registry.Version) int {
	c := 0
	if !s.avoided(v.Version) {
		c += 4
	}
	if s.engineOK(v) {
		c += 2
	}
	if v.Deprecated == "" {
		c++
	}
	return c
}

func (s *search) avoided(v string) bool { return s.avoid != nil && s.avoid.TestString(v) }

package pick

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// Kind tells the ways of finding no version apart, in npm's error codes.
type Kind string

const (
	// TargetMissing says that the package has versions, none of which answers.
	TargetMissing Kind = "ETARGET"
	// NoVersions says that the package has no version at all, or none that
	// Before lets through.
	NoVersions Kind = "ENOVERSIONS"
)

// NoVersionError says that no version of a package answers a spec.
type NoVersionError struct {
	// Name is the package's, an alias's target.
	Name string
	// Wanted is the range, version or tag asked for.
	Wanted string
	Kind   Kind
	// Near are existing versions that the asker may have meant, highest
	// first, at most five.
	Near []string
	// NearTags are tags that a tag asked for may be a slip of.
	NearTags []string
	// WantedTag says that Wanted was taken for a tag: it is no range.
	WantedTag bool
	// Tags are the document's dist-tags.
	Tags map[string]string
	// BeforeHid says that there is an answer, but published after Before;
	// Hidden is that version.
	BeforeHid bool
	Hidden    string
	Before    time.Time
	// Held says that there is an answer, Hidden, which the registries keep
	// back, and why.
	Held string
}

func (e *NoVersionError) Error() string {
	var b strings.Builder
	if e.Kind == NoVersions {
		fmt.Fprintf(&b, "%s has no versions", e.Name)
	} else {
		fmt.Fprintf(&b, "no version of %s matches %q", e.Name, e.Wanted)
	}
	switch {
	case e.Held != "":
		fmt.Fprintf(&b, ": %s %s", e.Hidden, e.Held)
	case e.BeforeHid:
		fmt.Fprintf(&b, ": %s was published after %s", e.Hidden, e.Before.UTC().Format(time.RFC3339))
	}
	if len(e.NearTags) > 0 {
		fmt.Fprintf(&b, "; did you mean the tag %s?", strings.Join(e.NearTags, ", "))
	} else if len(e.Near) > 0 {
		fmt.Fprintf(&b, "; there are %s", strings.Join(e.Near, ", "))
	}
	if e.WantedTag && len(e.NearTags) == 0 && len(e.Tags) > 0 {
		fmt.Fprintf(&b, "; the tags are %s", strings.Join(slices.Sorted(maps.Keys(e.Tags)), ", "))
	}
	if latest := e.Tags["latest"]; latest != "" && e.Kind == TargetMissing {
		fmt.Fprintf(&b, "; latest is %s", latest)
	}
	return b.String()
}

// SpecError says that a spec is none that a registry answers.
type SpecError struct {
	Name string
	Kind manifest.Kind
}

func (e *SpecError) Error() string {
	return fmt.Sprintf("%s: a %s is not picked from a registry's versions", e.Name, e.Kind)
}

// none makes the error for a search that found nothing.
func (s *search) none(kind Kind) error {
	e := &NoVersionError{Name: s.doc.Name, Wanted: s.spec.Fetch, Kind: kind, Tags: s.doc.DistTags}
	if !s.Before.IsZero() || s.doc.AnyHeld() {
		s.tellHidden(e)
	}
	if s.spec.Kind == manifest.KindTag {
		e.WantedTag, e.NearTags = true, s.nearTags()
	}
	e.Near = s.near()
	return e
}

// tellHidden finds the answer that there would be.
func (s *search) tellHidden(e *NoVersionError) {
	e.Before = s.Before
	unlimited := *s
	unlimited.Before, unlimited.unlimited = time.Time{}, true
	if s.unlimited {
		return
	}
	if v, err := unlimited.find(); err == nil {
		e.Hidden, e.Held = v.Version, s.doc.Held(v.Version)
		e.BeforeHid = e.Held == ""
	}
}

func (s *search) nearTags() []string {
	tags := make([]string, 0, len(s.doc.DistTags))
	for tag := range s.doc.DistTags {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return registry.Near(s.spec.Fetch, tags)
}

// maxNear is how many versions an error names.
const maxNear = 5

// near returns the highest visible versions of the major that was asked for,
// or of all when there are none or the spec names no major; prereleases only
// where there is nothing else.
func (s *search) near() []string {
	everything, err := npmrange.Parse("*", npmrange.Options{Loose: true, IncludePrerelease: true})
	if err != nil {
		return nil
	}
	all := visible(everything.Filter(s.doc.VersionList()), s.hidden)
	if v := npmrange.Coerce(s.spec.Fetch); v != nil && s.spec.Kind != manifest.KindTag {
		major := fmt.Sprintf("%d.", v.Major())
		same := slices.DeleteFunc(slices.Clone(all), func(v string) bool { return !strings.HasPrefix(v, major) })
		if len(same) > 0 {
			all = same
		}
	}
	if releases := slices.DeleteFunc(slices.Clone(all), isPrerelease); len(releases) > 0 {
		all = releases
	}
	return slices.Clone(all[:min(len(all), maxNear)])
}

func isPrerelease(version string) bool {
	v, err := npmrange.ParseVersion(version, true)
	return err == nil && v.Prerelease() != ""
}

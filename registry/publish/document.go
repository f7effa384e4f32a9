package publish

import (
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// latest is the tag that a package without another is installed by.
const latest = "latest"

// Terms say how a release comes into a document.
type Terms struct {
	// CID is the tarball's, At when it is published.
	CID cid.Cid
	At  time.Time
	// Tag is the dist-tag that moves to the release; empty for latest, which
	// then is taken to be nobody's express wish.
	Tag string
	// Force passes over the rules that guard latest. What was published with
	// other bytes stays refused.
	Force bool
}

// Add puts the release into the document of its name. It may be there already
// with the same bytes; with others it is a *RefusedError, and so is a tag that
// would come to the release by oversight.
func (r *Release) Add(doc *registry.Packument, t Terms) error {
	if doc.Has(r.Manifest.Version) {
		return r.again(doc, t)
	}
	if t.Tag == "" && !t.Force {
		if err := r.mayBeLatest(doc); err != nil {
			return err
		}
	}
	v, err := r.entry(t.CID, t.At)
	if err != nil {
		return err
	}
	if err := doc.Set(v); err != nil {
		return err
	}
	doc.DistTags[orLatest(t.Tag)] = v.Version
	if doc.DistTags[latest] == "" {
		doc.DistTags[latest] = v.Version // as npm's registry does for the first
	}
	return nil
}

func orLatest(tag string) string {
	if tag == "" {
		return latest
	}
	return tag
}

// again moves the tag alone, when that was asked for.
func (r *Release) again(doc *registry.Packument, t Terms) error {
	was, err := doc.Version(r.Manifest.Version)
	if err != nil {
		return err
	}
	if err := r.SameAs(was); err != nil {
		return err
	}
	if t.Tag != "" {
		doc.DistTags[t.Tag] = r.Manifest.Version
	}
	return nil
}

// SameAs refuses a release that has other bytes than it was published with.
func (r *Release) SameAs(was *registry.Version) error {
	if was.Dist.Integrity == r.Integrity {
		return nil
	}
	return refused("EPUBLISHCONFLICT", "publish the changes as another version",
		"%s was published before with other content (%s), and a published version never changes", r.ID(), was.Dist.Integrity)
}

// mayBeLatest holds npm's two rules about latest when nobody asked for it.
func (r *Release) mayBeLatest(doc *registry.Packument) error {
	version, err := npmrange.ParseVersion(r.Manifest.Version, false)
	if err != nil {
		return err
	}
	if version.Prerelease() != "" {
		return refused("", "name one, as --tag=next", "%s is a prerelease and needs a tag of its own", r.ID())
	}
	if highest := Highest(doc, false); highest != "" {
		if h, err := npmrange.ParseVersion(highest, true); err == nil && npmrange.Compare(h, version) > 0 {
			return refused("", "name a tag, as --tag=legacy", "%s would become latest, and %s is higher", r.ID(), highest)
		}
	}
	return nil
}

// Highest is the highest version of a document by precedence, "" when there is
// none. Without prereleases it looks at releases that are not deprecated.
func Highest(doc *registry.Packument, prereleases bool) string {
	var best *semver.Version
	text := ""
	for _, number := range doc.VersionList() {
		v, err := npmrange.ParseVersion(number, true)
		if err != nil || !prereleases && (v.Prerelease() != "" || doc.IsDeprecated(number)) {
			continue
		}
		if best == nil || npmrange.Compare(v, best) > 0 {
			best, text = v, number
		}
	}
	return text
}

// Remove takes a version out, with the tags that named it. Where that was
// latest, the highest that is left becomes it.
func Remove(doc *registry.Packument, version string) error {
	if !doc.Has(version) {
		return &registry.VersionNotFoundError{Name: doc.Name, Version: version}
	}
	doc.Delete(version)
	was := doc.DistTags[latest]
	for tag, v := range doc.DistTags {
		if v == version {
			delete(doc.DistTags, tag)
		}
	}
	if best := Highest(doc, true); was == version && best != "" {
		doc.DistTags[latest] = best
	}
	return nil
}

// Deprecate sets the message of all versions in a range, "" to take it back, and
// returns those versions. Prereleases count like others.
func Deprecate(doc *registry.Packument, within, message string) ([]string, error) {
	r, err := npmrange.Parse(within, npmrange.Options{Loose: true, IncludePrerelease: true})
	if err != nil {
		return nil, refused("", "write it as name@^1.0.0, or the name alone for all versions", "%q is not a range of versions", within)
	}
	var found []string
	for _, number := range doc.VersionList() {
		if !r.TestString(number) {
			continue
		}
		was, err := doc.Version(number)
		if err != nil {
			return nil, err
		}
		v := *was
		v.Deprecated = registry.Deprecation(strings.TrimSpace(message))
		if err := doc.Set(&v); err != nil {
			return nil, err
		}
		found = append(found, number)
	}
	return found, nil
}

// SetTag points a tag at a version.
func SetTag(doc *registry.Packument, tag, version string) error {
	if err := CheckTag(tag); err != nil {
		return err
	}
	if !doc.Has(version) {
		return &registry.VersionNotFoundError{Name: doc.Name, Version: version}
	}
	doc.DistTags[tag] = version
	return nil
}

// RemoveTag removes a tag and returns the version that it named. latest cannot
// be removed, since nothing could be installed by the bare name then.
func RemoveTag(doc *registry.Packument, tag string) (string, error) {
	version, ok := doc.DistTags[tag]
	switch {
	case !ok:
		return "", refused("E404", "`ipnpm dist-tag ls "+doc.Name+"` lists those that there are", "%s is not a dist-tag on %s", tag, doc.Name)
	case tag == latest:
		return "", refused("E403", "move it instead: ipnpm dist-tag add "+doc.Name+"@VERSION", "latest of %s cannot be removed", doc.Name)
	}
	delete(doc.DistTags, tag)
	return version, nil
}

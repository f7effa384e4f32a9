package resolve

import (
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// The lockfiles of pnpm, Yarn and bun say which version each dependency of
// each package got, but nothing that npm's placement could begin with. So they
// do not come as a tree, as a package-lock.json does, but as pins of edges: an
// edge asks for the pinned version in place of its range, and nothing else
// satisfies it. All that places, dedupes and replaces nodes then works as ever,
// and the tree is npm's for the other manager's versions.
//
// A peer dependency is answered by whoever its dependent is installed for, in
// the other manager's tree as in npm's; its pins, and those of an edge that got
// several versions, are what is asked for first and bind nobody.

// pinned is a pin, and the requirement that nothing but it satisfies.
type pinned struct {
	exact  *requirement
	semver *semver.Version // nil for git and URLs
}

// pinsOf returns what the imported lockfile has for a dependency by name.
type pinsOf func(name string) []lockfile.Pin

func (s *source) pinsOfPackage(m *manifest.Manifest) pinsOf {
	if s.pins == nil {
		return nil
	}
	return func(name string) []lockfile.Pin { return s.pins.Package(m.Name, m.Version, name) }
}

func (s *source) pinsOfFolder(location string) pinsOf {
	if s.pins == nil {
		return nil
	}
	return func(name string) []lockfile.Pin { return s.pins.Folder(location, name) }
}

// pinned prepares the pins of a dependency, the highest version first; none
// for a name that is to be picked anew.
func (s *source) pinned(name string, pins []lockfile.Pin) []*pinned {
	if s.options.UpdateAll || s.options.renews(name) {
		return nil
	}
	var list []*pinned
	for i := range pins {
		if p := newPinned(name, &pins[i]); p.exact.err == nil {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b *pinned) int {
		if a.semver == nil || b.semver == nil {
			return strings.Compare(a.exact.raw, b.exact.raw)
		}
		return b.semver.Compare(a.semver)
	})
	return list
}

func newPinned(name string, pin *lockfile.Pin) *pinned {
	p := new(pinned)
	switch {
	case pin.Resolved != "":
		p.exact = parseRequirement(name, pin.Resolved)
	case pin.Name != name:
		p.exact = parseRequirement(name, "npm:"+pin.Name+"@"+pin.Version)
	default:
		p.exact = parseRequirement(name, pin.Version)
	}
	p.exact.pin = pin
	if pin.Resolved == "" {
		p.semver, _ = npmrange.ParseVersion(pin.Version, true)
	}
	return p
}

// pinFor is the pin that answers want; nil when there is none, as when the
// package.json was edited since.
func (d *dep) pinFor(want *requirement) *pinned {
	for _, p := range d.pins {
		if p.answers(want) {
			return p
		}
	}
	return nil
}

// answers reports whether what was pinned is what want asks for.
func (p *pinned) answers(want *requirement) bool {
	if want.err != nil {
		return false
	}
	spec, pin := want.spec.Target(), p.exact.pin
	switch spec.Kind {
	case manifest.KindRange, manifest.KindVersion:
		return pin.Resolved == "" && pin.Name == spec.Name && p.semver != nil &&
			(want.any || want.versions.Test(p.semver))
	case manifest.KindTag:
		return pin.Resolved == "" && pin.Name == spec.Name && p.semver != nil
	case manifest.KindGit, manifest.KindRemote:
		return want.admits(pin.Resolved)
	}
	return false
}

// ask is what the edge is to be resolved by: what it wants, or the pin that
// answers that.
func (e *Edge) ask() *requirement {
	want := e.want()
	if p := e.dep.pinFor(want); p != nil {
		return p.exact
	}
	return want
}

// pinAllows reports whether the edge may lead to node as far as pins go: they
// leave no choice where there is only one version that they could mean.
func (e *Edge) pinAllows(node *Node) bool {
	if len(e.dep.pins) != 1 || e.peer() {
		return true
	}
	p := e.dep.pinFor(e.want())
	return p == nil || p.exact.satisfies(node, e.from)
}

// admits reports whether a resolved address is one that a git or URL
// requirement may lead to.
func (r *requirement) admits(resolved string) bool {
	if r.spec.Target().Kind == manifest.KindRemote {
		return resolved == r.spec.Target().Fetch
	}
	return resolved != "" && r.sameRepository(&pkg{resolved: resolved})
}

// key is what the answer to the requirement is remembered under. A pin's is
// kept apart from the same version asked for by a range, which may be hidden
// by its age, and whose digest is nobody's concern.
func (r *requirement) key(name string) want {
	return want{name: name, spec: r.raw, pinned: r.pin != nil}
}

// pinnedVersion is the registry's entry of a pinned version, whatever its age.
func pinnedVersion(doc *registry.Packument, pin *lockfile.Pin) (*registry.Version, error) {
	if !doc.Has(pin.Version) {
		return nil, &registry.VersionNotFoundError{Name: pin.Name, Version: pin.Version}
	}
	v, err := doc.Version(pin.Version)
	if err != nil {
		return nil, err
	}
	have := v.Dist.Integrity
	if v.Dist.Shasum != "" {
		have += " " + shasumIntegrity(v.Dist.Shasum)
	}
	if err := checkPin(pin, pin.Version, have); err != nil {
		return nil, err
	}
	if pin.Integrity == "" || strings.Contains(v.Dist.Integrity, "sha512-") {
		return v, nil
	}
	// The lockfile knows a digest that the registry has forgotten, or never had.
	stricter := *v
	stricter.Dist.Integrity = pin.Integrity
	return &stricter, nil
}

// checkPin compares a package's digests with those that were pinned. Another
// digest is an alarm and not an update: one of the two was tampered with.
func checkPin(pin *lockfile.Pin, version, have string) error {
	for want := range strings.FieldsSeq(pin.Integrity) {
		algorithm, _, _ := strings.Cut(want, "-")
		same, other := false, ""
		for got := range strings.FieldsSeq(have) {
			if got == want {
				same = true
			} else if strings.HasPrefix(got, algorithm+"-") {
				other = got
			}
		}
		if other != "" && !same {
			return &registry.DigestError{Name: pin.Name, Version: version, Field: "integrity", Old: want, New: other}
		}
	}
	return nil
}

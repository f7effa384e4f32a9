package lockfile

import (
	"maps"
	"reflect"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Merge combines two lockfiles that were changed independently, base being
// what both came from, or nil when that is unknown. It is the union of the
// packages. Where both have a location and differ: the side that changed it
// since base; else the higher version; else ours. A package that one side
// removed since base and the other left alone is gone.
//
// The result is what resolving should prefer, not a resolved tree: it may hold
// packages that nothing depends on. It has no closure unless both sides have
// the same packages.
func Merge(base, ours, theirs *Lockfile) *Lockfile {
	if base == nil {
		base = &Lockfile{}
	}
	m := &Lockfile{
		Name:       pick(base.Name, ours.Name, theirs.Name),
		Version:    pick(base.Version, ours.Version, theirs.Version),
		Registries: mergeRegistries(ours.Registries, theirs.Registries),
		Packages:   mergePackages(base.Packages, ours.Packages, theirs.Packages),
		Merged:     true,
	}
	if ours.Closure == theirs.Closure && reflect.DeepEqual(ours.Packages, theirs.Packages) {
		m.Closure = ours.Closure
	}
	m.dropDangling()
	return m
}

// pick takes the side that changed, ours when both did.
func pick[T comparable](base, ours, theirs T) T {
	if ours == base {
		return theirs
	}
	return ours
}

// mergeRegistries is the union; of two states of one registry the one with
// the higher sequence, ours when it cannot be told.
func mergeRegistries(ours, theirs map[string]Registry) map[string]Registry {
	if ours == nil {
		return theirs
	}
	m := maps.Clone(ours)
	for key, t := range theirs {
		if o, ok := m[key]; !ok || o.IPNS == t.IPNS && t.Sequence > o.Sequence {
			m[key] = t
		}
	}
	return m
}

func mergePackages(base, ours, theirs map[string]*Package) map[string]*Package {
	m := make(map[string]*Package, max(len(ours), len(theirs)))
	for location, o := range ours {
		if p := mergePackage(base[location], o, theirs[location]); p != nil {
			m[location] = p
		}
	}
	for location, t := range theirs {
		if ours[location] != nil {
			continue
		}
		if p := mergePackage(base[location], nil, t); p != nil {
			m[location] = p
		}
	}
	return m
}

// mergePackage decides on one location; nil stands for no package there.
func mergePackage(base, ours, theirs *Package) *Package {
	switch {
	case reflect.DeepEqual(ours, theirs):
		return ours
	case base != nil && reflect.DeepEqual(base, ours):
		return theirs
	case base != nil && reflect.DeepEqual(base, theirs):
		return ours
	case ours == nil:
		return theirs
	case theirs == nil:
		return ours
	case newer(theirs.Version, ours.Version):
		return theirs
	}
	return ours
}

// newer says whether a is a higher version than b; of what is no version
// nothing is.
func newer(a, b string) bool {
	va, err := semver.StrictNewVersion(a)
	if err != nil {
		return false
	}
	vb, err := semver.StrictNewVersion(b)
	return err == nil && va.GreaterThan(vb)
}

// dropDangling removes what the union leaves without its other half: links to
// nowhere, packages outside of the project that no link leads to, and those in
// the node_modules of a package that is gone.
func (l *Lockfile) dropDangling() {
	targets := make(map[string]bool)
	for location, p := range l.Packages {
		if p.Link && l.Packages[p.Resolved] == nil {
			delete(l.Packages, location)
		} else if p.Link {
			targets[p.Resolved] = true
		}
	}
	for location := range l.Packages {
		outside, _, _ := strings.Cut(location, "/node_modules/")
		if strings.HasPrefix(location, "../") && !targets[outside] || l.orphan(location) {
			delete(l.Packages, location)
		}
	}
}

// orphan reports whether a package that the location lies in is not there.
func (l *Lockfile) orphan(location string) bool {
	for i := strings.LastIndex(location, "/node_modules/"); i > 0; i = strings.LastIndex(location[:i], "/node_modules/") {
		if l.Packages[location[:i]] == nil {
			return true
		}
	}
	return false
}

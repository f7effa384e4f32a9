package cmd

import (
	"errors"
	"maps"
	"slices"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// nameNear adds to the error about a package that no registry has which one of
// the project may be meant. What the registries themselves know of was looked
// through already: an index all its names, an npm registry those that this
// machine has used, which on a new one are none.
func (p *project) nameNear(err error) error {
	missing, ok := errors.AsType[*registry.NotFoundError](err)
	if !ok || len(missing.Suggestions()) > 0 {
		return err
	}
	near := p.near(missing.Name)
	if len(near) == 0 {
		return err
	}
	return &hintError{err: err, hint: didYouMean(near)}
}

// orNear ends a sentence about a name that the project does not have.
func (p *project) orNear(name string) string {
	if near := p.near(name); len(near) > 0 {
		return "; " + didYouMean(near)
	}
	return ""
}

// near are the names of the project's dependencies, direct or not, that a name
// may be a slip of.
func (p *project) near(name string) []string {
	return registry.Near(name, slices.Collect(maps.Keys(p.dependencyNames())))
}

func (p *project) dependencyNames() map[string]bool {
	names := map[string]bool{}
	for _, m := range p.importers {
		pkg := m.file.Manifest
		for _, group := range [...]manifest.StringMap{pkg.Dependencies, pkg.DevDependencies, pkg.OptionalDependencies, pkg.PeerDependencies} {
			for name := range group {
				names[name] = true
			}
		}
	}
	if p.lock == nil {
		return names
	}
	for location, pkg := range p.lock.Packages {
		if location != "" {
			names[packageName(location, pkg)] = true
		}
	}
	return names
}

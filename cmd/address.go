package cmd

import (
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/upstream"
)

// What npm calls resolved is the address of a tarball. Our lockfile has none for
// a registry's packages, but npm needs one to believe that a package came from a
// registry, which is all that it asks of one that is wanted by a dist-tag.

// address is where npm has a package's tarball from. What an index has by CID
// is at npm's own registry as far as npm knows: it reads that address as "the
// registry that is configured".
func (s *session) address(name string, pkg *lockfile.Package) string {
	if base := s.cfg.RegistryFor(name); strings.HasPrefix(base, "http") {
		return addressAt(base, name, pkg)
	}
	return addressAt(upstream.DefaultRegistry, name, pkg)
}

// portableAddress is the same without where the default registry is.
func (s *session) portableAddress(name string, pkg *lockfile.Package) string {
	if s.cfg.RegistryFor(name) == s.cfg.RegistryFor("") {
		return addressAt(upstream.DefaultRegistry, name, pkg)
	}
	return s.address(name, pkg)
}

func addressAt(base, name string, pkg *lockfile.Package) string {
	return strings.TrimSuffix(base, "/") + "/" + name + "/-/" + registry.TarballFile(name, pkg.Version)
}

// addressForNPM is the address of every tarball of a registry, or (omit) only of those
// that package-lock.json must have.
func (s *session) addressForNPM(lock *lockfile.Lockfile, overrides []string, omit bool) lockfile.Address {
	address, wanted := s.address, func(string) bool { return true }
	if omit {
		address, wanted = s.portableAddress, wantedByTag(lock, overrides)
	}
	return func(location string, pkg *lockfile.Package) string {
		if !ofRegistry(location, pkg) || !wanted(folderName(location)) {
			return ""
		}
		return address(packageName(location, pkg), pkg)
	}
}

// wantedByTag tells the names by which something asks for a dist-tag. Without
// its address npm asks the registry again, and refuses the lockfile once the tag
// has moved. An override by tag may be of any name.
func wantedByTag(lock *lockfile.Lockfile, overrides []string) func(name string) bool {
	names := make(map[string]bool)
	for _, pkg := range lock.Packages {
		for _, deps := range [...]map[string]string{
			pkg.Dependencies, pkg.DevDependencies, pkg.OptionalDependencies, pkg.PeerDependencies,
		} {
			for name, text := range deps {
				names[name] = names[name] || isTag(name, text)
			}
		}
	}
	all := false
	for _, text := range overrides {
		all = all || isTag("override", text)
	}
	return func(name string) bool { return all || names[name] }
}

func isTag(name, text string) bool {
	spec, err := manifest.ParseSpec(name, text)
	return err == nil && spec.Target().Kind == manifest.KindTag
}

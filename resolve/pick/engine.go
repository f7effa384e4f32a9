package pick

import (
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

func (s *search) engineOK(v *registry.Version) bool {
	return satisfies(s.NodeVersion, v.Engines["node"]) && satisfies(s.NPMVersion, v.Engines["npm"])
}

// satisfies reports whether a running engine is one that a package wants, by
// npm-install-checks' rules: prereleases count as versions, a range that
// cannot be read excludes every engine, and nothing is wanted of an engine
// whose version is unknown.
func satisfies(version, want string) bool {
	if version == "" || want == "" {
		return true
	}
	r, err := npmrange.Parse(want, npmrange.Options{IncludePrerelease: true})
	return err == nil && r.TestString(version)
}

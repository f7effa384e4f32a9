package manifest

import "github.com/ipnpm/ipnpm/resolve/npmrange"

// isVersion reports whether s is one version, by node-semver's loose grammar.
func isVersion(s string) bool {
	_, err := npmrange.ParseVersion(s, true)
	return err == nil
}

// isRange reports whether s is a range, by node-semver's loose grammar.
func isRange(s string) bool {
	_, err := npmrange.Parse(s, npmrange.Options{Loose: true})
	return err == nil
}

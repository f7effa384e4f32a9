package manifest

import (
	"strings"

	"github.com/Masterminds/semver/v3"
)

// isVersion reports whether s is one version, by node-semver's loose grammar.
func isVersion(s string) bool {
	_, err := semver.StrictNewVersion(strings.TrimLeft(s, "=v \t"))
	return err == nil
}

// isRange reports whether s is a range, by node-semver's loose grammar.
func isRange(s string) bool {
	_, err := semver.NewConstraint(s)
	return s == "" || err == nil
}

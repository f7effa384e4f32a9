package query

import (
	"slices"

	"github.com/Masterminds/semver/v3"

	"github.com/ipnpm/ipnpm/resolve/npmrange"
	"github.com/ipnpm/ipnpm/tree"
)

// outdated keeps what newer versions exist of: any, or with a kind those that
// differ in major, minor or patch, that some dependent would take (in-range),
// or that some would not (out-of-range).
func (e *evaluation) outdated(kind string, from []*tree.Node) ([]*tree.Node, error) {
	var kept []*tree.Node
	for _, n := range from {
		if n.IsRoot() || truthy(e.object(n)["private"]) {
			continue
		}
		is, err := npmrange.ParseVersion(n.Version, true)
		if err != nil {
			continue
		}
		listed, err := e.options.Versions(e.ctx, n.Name)
		if err != nil {
			return nil, err
		}
		newer := slices.DeleteFunc(slices.Clone(listed), func(v string) bool {
			number, err := npmrange.ParseVersion(v, true)
			return err != nil || npmrange.Compare(number, is) <= 0
		})
		if slices.ContainsFunc(newer, func(v string) bool { return counts(kind, n, is, v) }) {
			kept = append(kept, n)
		}
	}
	return kept, nil
}

// counts says that a newer version is one of a kind.
func counts(kind string, n *tree.Node, is *semver.Version, version string) bool {
	switch kind {
	case "", "any":
		return true
	case "in-range":
		return slices.ContainsFunc(n.In, func(e *tree.Edge) bool { return takes(e, version) })
	case "out-of-range":
		return slices.ContainsFunc(n.In, func(e *tree.Edge) bool { return !takes(e, version) })
	}
	number, err := npmrange.ParseVersion(version, true)
	return err == nil && kind == difference(is, number)
}

func takes(e *tree.Edge, version string) bool {
	r, err := npmrange.Parse(e.Spec, npmrange.Options{})
	return err == nil && r.TestString(version)
}

// difference is the part of the version in which two differ.
func difference(a, b *semver.Version) string {
	part := "patch"
	switch {
	case a.Major() != b.Major():
		part = "major"
	case a.Minor() != b.Minor():
		part = "minor"
	}
	if b.Prerelease() != "" {
		return "pre" + part
	}
	return part
}

package query

import (
	"github.com/Masterminds/semver/v3"

	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// semverTest compares an attribute with a version or a range.
type semverTest struct {
	function string
	value    *versions // nil: everything passes
}

// versions is a text as a version and as a range.
type versions struct {
	version *semver.Version // nil for a range
	set     *npmrange.Range
}

func semverFunctions() []string {
	return []string{"infer", "eq", "neq", "gt", "gte", "lt", "lte", "gtr", "ltr", "satisfies", "intersects", "subset"}
}

// read is nil for what is neither a version nor a range.
func read(text string) *versions {
	set, err := npmrange.Parse(text, npmrange.Options{})
	if err != nil {
		return nil
	}
	v := &versions{set: set}
	if number, err := npmrange.ParseVersion(text, false); err == nil {
		v.version = number
	}
	return v
}

func (t *semverTest) set(text string) error {
	if text == "" {
		return nil
	}
	if t.value = read(text); t.value == nil {
		return fail("EQUERYINVALIDSEMVER", "`%s` is not a valid semver version or range", text)
	}
	return nil
}

// matches compares the attribute of an object.
func (t *semverTest) matches(a *attribute, object map[string]any) bool {
	if a.op != "" && !a.matches(object) {
		return false
	}
	text, ok := object[a.name].(string)
	if !ok {
		return false
	}
	have, want := read(text), t.value
	if have == nil {
		return false
	}
	function := t.function
	if function == "infer" {
		function = infer(have, want)
	}
	switch function {
	case "intersects":
		return npmrange.Intersects(have.set, want.set)
	case "subset":
		return npmrange.Subset(have.set, want.set)
	case "satisfies", "gtr", "ltr":
		version, set := have.version, want.set
		if want.version != nil {
			version, set = want.version, have.set
		}
		return version != nil && within(function, version, set)
	}
	return have.version != nil && want.version != nil && compareBy(function, npmrange.Compare(have.version, want.version))
}

// infer chooses what two texts can be compared by.
func infer(have, want *versions) string {
	switch {
	case have.version != nil && want.version != nil:
		return "eq"
	case have.version == nil && want.version == nil:
		return "intersects"
	}
	return "satisfies"
}

// within says that a version is of a range, or beyond its one or other end.
func within(function string, version *semver.Version, set *npmrange.Range) bool {
	bound := map[string]string{"gtr": ">=", "ltr": "<="}[function]
	if bound == "" {
		return set.Test(version)
	}
	// What is beyond what is a matter of order, for prereleases too.
	all := npmrange.Options{IncludePrerelease: true}
	beyond, err := npmrange.Parse(bound+version.String(), all)
	if err != nil {
		return false
	}
	whole, err := npmrange.Parse(set.Raw(), all)
	return err == nil && !set.Test(version) && !npmrange.Intersects(whole, beyond)
}

func compareBy(function string, d int) bool {
	switch function {
	case "eq":
		return d == 0
	case "neq":
		return d != 0
	case "gt":
		return d > 0
	case "gte":
		return d >= 0
	case "lt":
		return d < 0
	}
	return d <= 0
}

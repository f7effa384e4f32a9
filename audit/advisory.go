package audit

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// anyVersion is how ranges of advisories are read: node-semver's loose, and
// prereleases are versions like others.
func anyVersion() npmrange.Options { return npmrange.Options{Loose: true, IncludePrerelease: true} }

// document is what is known of a package's versions.
type document struct {
	*registry.Packument
	// versions are in the order of precedence.
	versions []string
}

func newDocument(p *registry.Packument) *document {
	d := &document{Packument: p}
	if every, err := npmrange.Parse("*", anyVersion()); err == nil {
		d.versions = every.Filter(p.VersionList())
		slices.Reverse(d.versions)
	}
	return d
}

// advisory says that a package is vulnerable in some versions: by a published
// advisory, or by what these depend on.
type advisory struct {
	name string
	// published is what the registry says, nil where the weakness is passed on,
	// and source then the dependency's advisory.
	published *registry.Advisory
	source    *advisory

	severity string
	text     string // of the range
	doc      *document
	affected *npmrange.Range // nil where it is passed on
	tested   map[string]bool // by version
	specs    map[string]bool // what testSpec found
}

// dependency is the name of the package that the weakness is in, or comes from.
func (a *advisory) dependency() string {
	if a.source != nil {
		return a.source.name
	}
	return a.name
}

func newAdvisory(name string, published registry.Advisory, doc *document) *advisory {
	a := &advisory{
		name: name, published: &published, severity: published.Severity, text: published.Vulnerable,
		doc: doc, tested: map[string]bool{}, specs: map[string]bool{},
	}
	// What is not a range affects nothing, as in node-semver.
	a.affected, _ = npmrange.Parse(a.text, anyVersion())
	return a
}

// passedOn is the advisory of a package that depends on a vulnerable one.
func passedOn(name string, source *advisory, doc *document) *advisory {
	a := &advisory{
		name: name, source: source, severity: source.severity,
		doc: doc, tested: map[string]bool{}, specs: map[string]bool{},
	}
	var vulnerable []string
	for _, v := range doc.versions {
		if a.test(v, "") {
			vulnerable = append(vulnerable, v)
		}
	}
	a.text = rangeOf(doc.versions, vulnerable)
	return a
}

// test says whether a version is vulnerable. spec is what the version asks of
// the dependency, for one that the document does not have.
func (a *advisory) test(version, spec string) bool {
	found, known := a.tested[version]
	if !known {
		found = a.testNew(version, spec)
		a.tested[version] = found
	}
	return found
}

func (a *advisory) testNew(version, spec string) bool {
	if a.source == nil {
		return a.affected != nil && a.affected.TestString(version)
	}
	v, err := a.doc.Version(version)
	if err != nil {
		v = nil // not one of the registry's
	}
	if spec == "" && v != nil {
		spec = firstOf(a.source.name, v.Dependencies, v.OptionalDependencies, v.PeerDependencies)
	}
	if spec == "" {
		return false
	}
	r, err := npmrange.Parse(spec, anyVersion())
	if err != nil {
		return true // a tag or an address, of which nothing is known
	}
	if v != nil && slices.Contains(v.Bundled(), a.source.name) {
		avoid, err := npmrange.Parse(a.source.text, anyVersion())
		return err == nil && npmrange.Intersects(r, avoid)
	}
	return a.source.testSpec(spec, r)
}

// firstOf is what the first group that has a name asks for, "" when none has.
func firstOf(name string, groups ...map[string]string) string {
	for _, group := range groups {
		if spec, ok := group[name]; ok {
			return cmp.Or(spec, "*")
		}
	}
	return ""
}

// testSpec says that every version that a spec admits is vulnerable.
func (a *advisory) testSpec(text string, spec *npmrange.Range) bool {
	found, known := a.specs[text]
	if !known {
		found = !slices.ContainsFunc(a.doc.versions, func(v string) bool {
			return spec.TestString(v) && !a.test(v, "")
		})
		a.specs[text] = found
	}
	return found
}

// rangeOf writes the vulnerable ones of a package's versions as a range, both in
// the order of precedence. Prereleases between two of them do not part them.
func rangeOf(versions, vulnerable []string) string {
	if len(vulnerable) == 0 {
		return "<0.0.0-0"
	}
	tail := versions[len(versions)-1]
	var ranges []string
	for i := 0; i < len(versions); i++ {
		first, last := versions[i], ""
		for ; i < len(versions); i++ {
			if len(vulnerable) > 0 && versions[i] == vulnerable[0] {
				last, vulnerable = versions[i], vulnerable[1:]
			} else if !strings.Contains(versions[i], "-") {
				break
			}
		}
		switch {
		case last == "":
		case last == tail:
			ranges = append(ranges, ">="+first)
		case first == last:
			ranges = append(ranges, first)
		default:
			ranges = append(ranges, first+" - "+last)
		}
	}
	return simplify(versions, strings.Join(ranges, " || "))
}

// simplify writes a range by the versions that there are, where that is shorter;
// node-semver has the same under this name.
func simplify(versions []string, text string) string {
	r, err := npmrange.Parse(text, anyVersion())
	if err != nil {
		return text
	}
	var parts []string
	for i := 0; i < len(versions); i++ {
		if !r.TestString(versions[i]) {
			continue
		}
		first := i
		for i < len(versions) && r.TestString(versions[i]) {
			i++
		}
		low, high := versions[first], versions[i-1]
		switch {
		case i == len(versions) && first == 0:
			parts = append(parts, "*")
		case i == len(versions):
			parts = append(parts, ">="+low)
		case first == i-1:
			parts = append(parts, low)
		case first == 0:
			parts = append(parts, "<="+high)
		default:
			parts = append(parts, low+" - "+high)
		}
	}
	if short := strings.Join(parts, " || "); len(short) < len(text) {
		return short
	}
	return text
}

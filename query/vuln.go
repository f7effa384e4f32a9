package query

import (
	"slices"

	"github.com/ipnpm/ipnpm/resolve/npmrange"
	"github.com/ipnpm/ipnpm/tree"
)

// Advisory is what is known against some versions of a package.
type Advisory struct {
	Severity string
	// Vulnerable is the range of these versions.
	Vulnerable string
	// CWE are the kinds of weakness, as "CWE-79".
	CWE []string
	// Source is the whole of it, which the query does not look at.
	Source any
}

// vulnTest is one of the tests of :vuln, which holds for an advisory of one of
// the severities that has all of the weaknesses. "*" is any.
type vulnTest struct{ severity, cwe []string }

// setVuln reads the tests of :vuln([severity=high], [cwe=79][severity=low]).
func (s *part) setVuln(args []string) error {
	for _, arg := range args {
		var test vulnTest
		for p := (&parser{text: arg}); p.pos < len(arg); p.space() {
			if p.peek() != '[' {
				return fail("EQUERYATTR", "`:vuln` pseudo-class only accepts attribute matchers or %q tag", "cwe")
			}
			a, err := p.attribute()
			if err != nil {
				return err
			}
			if err := test.add(a); err != nil {
				return err
			}
		}
		s.vulns = append(s.vulns, test)
	}
	return nil
}

func (t *vulnTest) add(a *attribute) error {
	value := a.value
	switch a.op {
	case "":
		value = "*"
	case "=":
	default:
		return fail("EQUERYATTR", "`:vuln` pseudo-class attribute selector only accepts %q operator", "=")
	}
	switch a.name {
	case "severity":
		t.severity = append(t.severity, value)
	case "cwe":
		t.cwe = append(t.cwe, value)
	default:
		return fail("EQUERYATTR", "`:vuln` pseudo-class only matches %q and %q attributes", "severity", "cwe")
	}
	return nil
}

func (t vulnTest) holds(a Advisory) bool {
	if len(t.severity) > 0 && !slices.Contains(t.severity, "*") && !slices.Contains(t.severity, a.Severity) {
		return false
	}
	if slices.Contains(t.cwe, "*") {
		return len(a.CWE) > 0
	}
	return !slices.ContainsFunc(t.cwe, func(number string) bool { return !slices.Contains(a.CWE, "CWE-"+number) })
}

// vulnerable keeps the packages that an advisory is about, and of several tests
// passes one. Those of the project itself are nobody's to have advisories for.
func (e *evaluation) vulnerable(tests []vulnTest, from []*tree.Node) ([]*tree.Node, error) {
	if len(from) == 0 {
		return nil, nil
	}
	known, err := e.options.Advisories(e.ctx)
	if err != nil {
		return nil, err
	}
	return keep(from, func(n *tree.Node) bool {
		if n.IsRoot() || n.Real().Workspace || truthy(e.object(n)["private"]) {
			return false
		}
		found := slices.DeleteFunc(slices.Clone(known[n.PackageName]), func(a Advisory) bool {
			passes := len(tests) == 0 || slices.ContainsFunc(tests, func(t vulnTest) bool { return t.holds(a) })
			return !passes || !a.affects(n.Version)
		})
		if len(found) > 0 && e.options.Told != nil {
			e.options.Told(n, found)
		}
		return len(found) > 0
	}), nil
}

// affects says that a version is in the range, prereleases like others.
func (a Advisory) affects(version string) bool {
	r, err := npmrange.Parse(a.Vulnerable, npmrange.Options{Loose: true, IncludePrerelease: true})
	return err == nil && r.TestString(version)
}

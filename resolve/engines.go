package resolve

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// EngineError is npm's EBADENGINE: a package that says it does not run on this
// Node.
type EngineError struct {
	Package           string // name@version
	Engine            string // "node" or "npm"
	Required, Current string
	Chain             []string
}

func (e *EngineError) Error() string {
	return fmt.Sprintf("%s requires %s %s, and this is %s", e.Package, e.Engine, e.Required, e.Current)
}

// CheckEngines returns an *EngineError when a package with these engines does
// not run on a Node and an npm; one without a version is not looked at.
func CheckEngines(pkg string, engines map[string]string, node, npm string) error {
	for _, engine := range []struct{ name, version string }{{"node", node}, {"npm", npm}} {
		if want := engines[engine.name]; want != "" && engine.version != "" && !runsOn(want, engine.version) {
			return &EngineError{Package: pkg, Engine: engine.name, Required: want, Current: engine.version}
		}
	}
	return nil
}

// checkEngines warns of packages that are not left out and do not run here;
// with EngineStrict the first is an error. Newly picked deprecated packages
// are warned of on the way.
func (b *builder) checkEngines() error {
	for _, n := range b.all() {
		if n.isLink() || n.inert {
			continue
		}
		b.warnDeprecated(n)
		bad := b.badEngine(n)
		if bad == nil || n.Optional() || b.omitted(n) {
			continue
		}
		if b.options.EngineStrict {
			bad.Chain = chain(n)
			return bad
		}
		b.warnings = append(b.warnings, Warning{Code: "EBADENGINE", Package: bad.Package, Location: n.Location(), Message: bad.Error()})
	}
	return nil
}

func (b *builder) warnDeprecated(n *Node) {
	if v := n.pkg.registry; v != nil && v.Deprecated != "" {
		b.warnings = append(b.warnings, Warning{Code: "deprecated", Package: n.pkg.id(), Location: n.Location(), Message: string(v.Deprecated)})
	}
}

func (b *builder) badEngine(n *Node) *EngineError {
	m := n.pkg.manifest
	if m == nil || len(m.Engines) == 0 || b.options.Force || n.isRoot() && len(m.DevEngines) > 0 {
		return nil
	}
	bad, _ := errors.AsType[*EngineError](CheckEngines(n.pkg.id(), m.Engines, b.options.NodeVersion, b.options.NPMVersion))
	return bad
}

// omitted reports whether the options leave the node out of node_modules.
func (b *builder) omitted(n *Node) bool {
	omit := func(kind string) bool { return slices.Contains(b.options.Omit, kind) }
	return n.Dev() && omit("dev") || n.Peer() && omit("peer") || n.DevOptional() && omit("dev") && omit("optional")
}

func runsOn(want, version string) bool {
	v, err := npmrange.ParseVersion(version, true)
	if err != nil {
		return true
	}
	r, err := npmrange.Parse(want, npmrange.Options{IncludePrerelease: true})
	return err == nil && r.Test(v)
}

// compareVersions orders two nodes by version; one without a version is less
// than any.
func compareVersions(a, b *Node) int {
	x, y := a.resolvedPkg().semver, b.resolvedPkg().semver
	if x == nil || y == nil {
		return boolInt(x != nil) - boolInt(y != nil)
	}
	return npmrange.Compare(x, y)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

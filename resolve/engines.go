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

// Engines are the Node and the npm that packages are to run on. It remembers
// which ranges they are in, since a thousand packages have some fifty of them,
// and is for one goroutine.
type Engines struct {
	node, npm string
	runs      map[[2]string]bool // by range and version
}

// NewEngines takes versions; one that is "" is not looked at.
func NewEngines(node, npm string) *Engines {
	return &Engines{node: node, npm: npm, runs: make(map[[2]string]bool)}
}

// Check returns an *EngineError when a package with these engines does not run.
func (e *Engines) Check(pkg string, engines map[string]string) error {
	for _, engine := range []struct{ name, version string }{{"node", e.node}, {"npm", e.npm}} {
		if want := engines[engine.name]; want != "" && engine.version != "" && !e.runsOn(want, engine.version) {
			return &EngineError{Package: pkg, Engine: engine.name, Required: want, Current: engine.version}
		}
	}
	return nil
}

func (e *Engines) runsOn(want, version string) bool {
	key := [2]string{want, version}
	runs, known := e.runs[key]
	if !known {
		runs = runsOn(want, version)
		e.runs[key] = runs
	}
	return runs
}

// checkEngines warns of packages that are not left out and do not run here;
// with EngineStrict the first is an error. Newly picked deprecated packages
// are warned of on the way.
func (b *builder) checkEngines() error {
	engines := NewEngines(b.options.NodeVersion, b.options.NPMVersion)
	for _, n := range b.tree.sorted() {
		if n.isLink() || n.inert {
			continue
		}
		b.warnDeprecated(n)
		bad := b.badEngine(engines, n)
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

func (b *builder) badEngine(engines *Engines, n *Node) *EngineError {
	m := n.pkg.manifest
	if m == nil || len(m.Engines) == 0 || b.options.Force || n.isRoot() && len(m.DevEngines) > 0 {
		return nil
	}
	bad, _ := errors.AsType[*EngineError](engines.Check(n.pkg.id(), m.Engines))
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

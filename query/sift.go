package query

import (
	"encoding/json"
	"path"
	"path/filepath"
	"slices"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/tree"
)

// sift keeps the candidates that a part means.
func (e *evaluation) sift(p part, from []*tree.Node, scope *tree.Node) ([]*tree.Node, error) {
	switch p.kind {
	case partName:
		return keep(from, func(n *tree.Node) bool { return n.Name == p.text || n.PackageName == p.text }), nil
	case partDepType:
		return keep(from, func(n *tree.Node) bool { return isOfType(n, p.text) }), nil
	case partAttribute:
		return keep(from, func(n *tree.Node) bool { return p.matcher.matches(e.object(n)) }), nil
	case partPseudo:
		return e.pseudo(p, from, scope)
	}
	return from, nil
}

func (e *evaluation) pseudo(p part, from []*tree.Node, scope *tree.Node) ([]*tree.Node, error) {
	switch p.text {
	case "is":
		return e.query(p.nested, from, scope)
	case "not":
		out, err := e.query(p.nested, from, scope)
		return keep(from, func(n *tree.Node) bool { return !slices.Contains(out, n) }), err
	case "has":
		return e.has(p, from)
	case "missing":
		return e.missing(), nil
	case "vuln":
		return e.vulnerable(p.vulns, from)
	case "outdated":
		return e.outdated(p.raw, from)
	case "type":
		if p.raw == "" {
			return from, nil
		}
		return keep(from, func(n *tree.Node) bool { return isAskedAs(n, p.raw) }), nil
	}
	return keep(from, e.test(p, scope)), nil
}

// test is what a pseudo selector asks of each node by itself.
func (e *evaluation) test(p part, scope *tree.Node) func(*tree.Node) bool {
	switch p.text {
	case "attr":
		return func(n *tree.Node) bool {
			return slices.ContainsFunc(lookUp(e.object(n), p.keys), p.matcher.matches)
		}
	case "semver":
		return func(n *tree.Node) bool { return e.semver(p, n) }
	case "path":
		return e.path(p.raw)
	case "private":
		return func(n *tree.Node) bool { return truthy(e.object(n)["private"]) }
	case "scope":
		return func(n *tree.Node) bool { return n == scope }
	}
	return plainTest(p.text)
}

// plainTest is a pseudo selector about the tree alone.
func plainTest(name string) func(*tree.Node) bool {
	switch name {
	case "root":
		return (*tree.Node).IsRoot
	case "empty":
		return func(n *tree.Node) bool { return len(n.Out) == 0 }
	case "link":
		return func(n *tree.Node) bool { return n.Target != nil || n.IsTop() && !n.IsRoot() }
	case "deduped":
		return func(n *tree.Node) bool { return len(n.Real().In) > 1 }
	case "overridden":
		return func(n *tree.Node) bool { return n.Overridden }
	case "extraneous":
		return func(n *tree.Node) bool { return n.Extraneous }
	}
	return func(n *tree.Node) bool { // invalid
		return slices.ContainsFunc(n.In, func(e *tree.Edge) bool { return e.Problem == tree.Invalid })
	}
}

// has keeps the nodes from which the nested query finds something.
func (e *evaluation) has(p part, from []*tree.Node) ([]*tree.Node, error) {
	var kept []*tree.Node
	for _, n := range from {
		found, err := e.query(p.nested, []*tree.Node{n}, n)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			kept = append(kept, n)
		}
	}
	return kept, nil
}

// missing makes a node of everything that is asked for and not there.
func (e *evaluation) missing() []*tree.Node {
	var out []*tree.Node
	for _, n := range e.g.Nodes {
		for _, edge := range n.Out {
			if edge.Problem == tree.Missing {
				out = append(out, &tree.Node{Name: edge.Name, PackageName: edge.Name, Version: edge.Spec, In: []*tree.Edge{edge}})
			}
		}
	}
	return out
}

func (e *evaluation) semver(p part, n *tree.Node) bool {
	if p.semver.value == nil {
		return true
	}
	return slices.ContainsFunc(lookUp(e.object(n), p.keys), func(o map[string]any) bool { return p.semver.matches(p.matcher, o) })
}

// path is about where the files are; a pattern counts from the project.
func (e *evaluation) path(pattern string) func(*tree.Node) bool {
	if pattern == "" {
		return func(*tree.Node) bool { return true }
	}
	if !path.IsAbs(pattern) {
		pattern = path.Join(filepath.ToSlash(e.g.Dir), pattern)
	}
	return func(n *tree.Node) bool {
		ok, err := doublestar.Match(pattern, filepath.ToSlash(n.RealPath))
		return ok && err == nil
	}
}

// isAskedAs says that somebody asks for the node in words of a kind.
func isAskedAs(n *tree.Node, kind string) bool {
	return slices.ContainsFunc(n.In, func(e *tree.Edge) bool {
		spec, err := manifest.ParseSpec(e.Name, e.Spec)
		return err == nil && (kind == "registry" && spec.Registry() || spec.Kind.String() == kind)
	})
}

// isOfType is npm's reading of the kinds: what no way but one of that kind
// leads to, and whatever comes after one of them.
func isOfType(n *tree.Node, kind string) bool {
	switch kind {
	case "prod":
		return !n.Dev
	case "workspace":
		return n.Workspace
	case "bundled":
		return n.InBundle
	}
	return flagged(n, kind) || isReachedBy(n, kind, map[*tree.Edge]bool{})
}

func flagged(n *tree.Node, kind string) bool {
	return kind == "dev" && n.Dev || kind == "optional" && n.Optional || kind == "peer" && n.Peer
}

func isReachedBy(n *tree.Node, kind string, seen map[*tree.Edge]bool) bool {
	for _, e := range n.In {
		if seen[e] {
			continue
		}
		seen[e] = true
		if e.Kind == kind || flagged(e.From, kind) || isReachedBy(e.From, kind, seen) {
			return true
		}
	}
	return false
}

// Manifest is the package.json of a node as an object, or what the lockfile has
// of the package where its files are not there. As for npm, bundleDependencies
// are called so, whatever the file calls them.
func Manifest(n *tree.Node) map[string]any {
	if data, err := n.Real().PackageJSON(); n.RealPath != "" && err == nil {
		object := decode(data)
		if bundled, ok := object["bundledDependencies"]; ok && object["bundleDependencies"] == nil {
			object["bundleDependencies"] = bundled
			delete(object, "bundledDependencies")
		}
		return object
	}
	object := map[string]any{}
	if n.Package != nil {
		if data, err := json.Marshal(n.Real().Package); err == nil {
			object = decode(data)
		}
	}
	object["name"], object["version"] = n.PackageName, n.Version
	return object
}

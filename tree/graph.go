package tree

import (
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
)

// Graph is one project as it is installed.
type Graph struct {
	// Dir is the project's folder, links followed.
	Dir string
	// Root is the project itself.
	Root *Node
	// Nodes are all, links and what they lead to included, in npm's order of
	// locations, which begins with the root.
	Nodes []*Node

	at map[string]*Node
}

// Node is one place of the tree: a package in some node_modules, a link there,
// the project, or a folder that is linked to.
type Node struct {
	// Location is the lockfile's key: "" for the root, "node_modules/a",
	// "packages/x"; it begins with ".." for what is outside of the project.
	Location string
	// Name is that of the folder, which an alias makes another than the
	// package's own. Version may be empty.
	Name, PackageName, Version string
	// Path is where the node is on disk, RealPath where its files are.
	Path, RealPath string
	// Package is what is known of the package; that of a link is its target's.
	Package *lockfile.Package
	// Target is what a link leads to, nil for all others; Links are the links
	// that lead to the node.
	Target *Node
	Links  []*Node
	// Parent is the node whose node_modules this one is in. A folder has an
	// Owner instead, whose packages it sees.
	Parent, Owner *Node
	Children      []*Node
	// Out are the node's dependencies, which a link has none of, and In those
	// that lead to it.
	Out, In []*Edge

	// The flags are npm's: by which kinds of dependencies the node is reached.
	Dev, Optional, DevOptional, Peer, Extraneous bool
	// InBundle: it came in another package's tarball. Overridden: a dependent
	// gets it by an override. Workspace: it is one, or the link to one.
	InBundle, Overridden, Workspace bool
}

// Problem is npm's word for what is wrong with an edge.
type Problem string

// The problems; "" is none.
const (
	Missing   Problem = "MISSING"
	Invalid   Problem = "INVALID"
	PeerLocal Problem = "PEER LOCAL"
)

// Edge is one dependency.
type Edge struct {
	From *Node
	// To is nil where nothing of the name is found, which is no problem of an
	// optional dependency.
	To   *Node
	Name string
	// Spec is what is asked for, after overrides, and Raw what package.json
	// says.
	Spec, Raw string
	// Kind is prod, dev, optional, peer, peerOptional or workspace.
	Kind    string
	Problem Problem
	// Bundled: the dependent brings it in its tarball.
	Bundled bool
}

// IsOptional says that the dependency may be absent.
func (e *Edge) IsOptional() bool { return e.Kind == "optional" || e.Kind == "peerOptional" }

// IsPeer says that it is a peer dependency, optional or not.
func (e *Edge) IsPeer() bool { return e.Kind == "peer" || e.Kind == "peerOptional" }

// At is the node at a location, nil without one.
func (g *Graph) At(location string) *Node { return g.at[location] }

// IsRoot says that the node is the project itself.
func (n *Node) IsRoot() bool { return n.Location == "" }

// IsTop says that the node is in no node_modules.
func (n *Node) IsTop() bool { return n.Parent == nil }

// Real is what a link leads to, otherwise the node.
func (n *Node) Real() *Node {
	if n.Target != nil {
		return n.Target
	}
	return n
}

// Above is where the search for a package goes on that the node does not have.
func (n *Node) Above() *Node {
	if n.Parent != nil {
		return n.Parent
	}
	return n.Owner
}

// Edge is the node's dependency of a name, nil when it has none.
func (n *Node) Edge(name string) *Edge {
	for _, e := range n.Out {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// ID is npm's name for the node: name@version, and for an alias
// name@npm:package@version.
func (n *Node) ID() string {
	name, alias := n.Name, ""
	switch {
	case n.IsRoot() && n.PackageName != "":
		name = n.PackageName
	case !n.IsRoot() && n.PackageName != "" && n.PackageName != n.Name:
		alias = "npm:" + n.PackageName + "@"
	}
	return name + "@" + alias + n.Version
}

// Resolved is where the package is from, as npm says it: "file:" and a path for
// a tarball or a link, a URL, or "" for what a registry holds.
func (n *Node) Resolved(dir string) string {
	if n.Target != nil {
		rel, err := filepath.Rel(filepath.Dir(n.Path), n.RealPath)
		if err != nil {
			rel = n.RealPath
		}
		return "file:" + filepath.ToSlash(rel)
	}
	if file, ok := strings.CutPrefix(n.Package.Resolved, "file:"); ok {
		return "file:" + filepath.ToSlash(filepath.Join(dir, filepath.FromSlash(file)))
	}
	return n.Package.Resolved
}

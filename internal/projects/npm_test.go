//go:build record

package projects

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
)

// npmPackage is an entry of npm's lockfile as far as it is kept: in a tree,
// or, of a package that came in another's tarball, as its manifest.
type npmPackage struct {
	Name                 string            `json:"name,omitempty"`
	Version              string            `json:"version,omitempty"`
	Dependencies         map[string]string `json:"dependencies,omitempty"`
	OptionalDependencies map[string]string `json:"optionalDependencies,omitempty"`
	PeerDependencies     map[string]string `json:"peerDependencies,omitempty"`
	PeerDependenciesMeta json.RawMessage   `json:"peerDependenciesMeta,omitempty"`
	Bin                  json.RawMessage   `json:"bin,omitempty"`
	Engines              json.RawMessage   `json:"engines,omitempty"`
	placed
}

// placed says where and why npm put a package.
type placed struct {
	Resolved                                                     string `json:",omitempty"`
	Link, Dev, Optional, DevOptional, Peer, InBundle, Extraneous bool   `json:",omitempty"`
}

// npmLock lets npm resolve a copy of the project, with a home of its own, and
// returns the packages of its lockfile.
func npmLock(tb testing.TB, registry string, p *Project) map[string]*npmPackage {
	tb.Helper()
	dir, node := filepath.Join(tb.TempDir(), "project"), npmoracle.Node(tb)
	for _, file := range append(p.Manifests(), ".npmrc") {
		data, err := os.ReadFile(filepath.Join(p.Dir, file))
		if errors.Is(err, fs.ErrNotExist) && file == ".npmrc" {
			continue
		}
		to := filepath.Join(dir, file)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, data, 0o644)); err != nil {
			tb.Fatal(err)
		}
	}
	// For a lockfile alone npm looks into the tarballs of packages that bundle
	// others, takes their URLs for remote ones, and would refuse those.
	cmd := exec.CommandContext(tb.Context(), node, filepath.Join(npmoracle.NPM(tb), "bin", "npm-cli.js"), "install", "--package-lock-only",
		"--ignore-scripts", "--allow-remote=all", "--no-audit", "--no-fund", "--registry="+registry)
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + filepath.Dir(dir), "PATH=" + filepath.Dir(node)}
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("npm install in %s: %v\n%s", p.Name, err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var lock struct{ Packages map[string]*npmPackage }
	if err := json.Unmarshal(data, &lock); err != nil {
		tb.Fatal(err)
	}
	return lock.Packages
}

// treeOf is the lockfile in the form of [Project.Tree].
func treeOf(packages map[string]*npmPackage) map[string]string {
	tree := make(map[string]string, len(packages))
	for location, p := range packages {
		if location != "" {
			tree[location] = p.line()
		}
	}
	return tree
}

func (n *npmPackage) line() string {
	text := n.Name + "@" + n.Version
	for _, flag := range []struct {
		set  bool
		name string
	}{{n.Link, "link"}, {n.Dev, "dev"}, {n.Optional, "optional"}, {n.DevOptional, "devOptional"},
		{n.Peer, "peer"}, {n.InBundle, "inBundle"}, {n.Extraneous, "extraneous"}} {
		if flag.set {
			text += " " + flag.name
		}
	}
	if n.Link {
		text += " -> " + n.Resolved
	}
	return text
}

// bundler splits the location of a bundled package: that of the package whose
// tarball it came in, and where in it.
func bundler(packages map[string]*npmPackage, location string) (outer, inner string) {
	outer = location
	for packages[outer] == nil || packages[outer].InBundle {
		outer = outer[:max(0, strings.LastIndex(outer, "/node_modules/"))]
	}
	return outer, location[len(outer)+1:]
}

// packageName is the name of the package at a location.
func packageName(packages map[string]*npmPackage, location string) string {
	if name := packages[location].Name; name != "" {
		return name
	}
	return location[strings.LastIndex(location, "node_modules/")+len("node_modules/"):]
}

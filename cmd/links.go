package cmd

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// strayLinks complains of links in the lockfile to folders that nothing asks
// for. A lockfile that puts a folder of the repository in a package's place
// satisfies every range if it says so, and installs what no digest covers.
func (s *session) strayLinks(p *project, lock *lockfile.Lockfile) []string {
	asked := sync.OnceValue(func() map[string]bool { return s.askedFolders(p, lock) })
	var out []string
	for location, pkg := range lock.Packages {
		target := strings.TrimPrefix(pkg.Resolved, "file:")
		if pkg.Link && !asked()[target] {
			out = append(out, fmt.Sprintf("invalid: %s is a link to %s, which is no workspace and no file: dependency", location, target))
		}
	}
	return out
}

// askedFolders are the workspaces, the targets of file: dependencies of the
// project and of such folders in turn, and those that packages of the lockfile
// name relative to the project, as a registry's may.
func (s *session) askedFolders(p *project, lock *lockfile.Lockfile) map[string]bool {
	asked := map[string]bool{"": true}
	local := localPackages{session: s, root: p.dir}
	var visit func(from string, m *manifest.Manifest)
	ask := func(from, name, text string) {
		spec, err := manifest.ParseSpec(name, text)
		if err != nil || spec.Target().Kind != manifest.KindDirectory {
			return
		}
		disk, rel, err := local.locate(from, spec.Target())
		if rel == "." {
			rel = ""
		}
		if err != nil || asked[rel] {
			return
		}
		asked[rel] = true
		if f, err := manifest.Load(filepath.Join(disk, "package.json")); err == nil {
			visit(rel, f.Manifest)
		}
	}
	visit = func(from string, m *manifest.Manifest) {
		for _, group := range [...]map[string]string{m.Dependencies, m.DevDependencies, m.OptionalDependencies, m.PeerDependencies} {
			for name, text := range group {
				ask(from, name, text)
			}
		}
	}
	for _, w := range p.workspaces {
		asked[w.Location] = true
		visit(w.Location, w.Manifest)
	}
	visit("", p.root)
	for _, text := range overridingSpecs(p.root.Overrides) {
		ask("", "override", text)
	}
	for location, pkg := range lock.Packages {
		if strings.Contains(location, "node_modules/") && !pkg.Link {
			visit(location, &manifest.Manifest{Dependencies: pkg.Dependencies, OptionalDependencies: pkg.OptionalDependencies})
		}
	}
	return asked
}

// overridingSpecs are all texts in package.json's overrides, which may put a
// folder in a package's place.
func overridingSpecs(raw json.RawMessage) []string {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return nil
	}
	var out []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case map[string]any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(value)
	return out
}

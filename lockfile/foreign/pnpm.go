package foreign

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ipnpm/ipnpm/lockfile"
)

// The major lockfileVersions of pnpm that are read: pnpm 8 writes 6.0, and pnpm
// 9 and newer 9.0. What lay between was in no release.
const (
	oldestPNPM = 6
	newestPNPM = 9
)

// pnpmFile is what of a pnpm-lock.yaml matters here.
type pnpmFile struct {
	document
	g *lockfile.Graph
	// packages has the content by key: "name@1.0.0", before version 9
	// "/name@1.0.0(peer@2.0.0)".
	packages map[string]*pnpmPackage
	// depending has the nodes with the dependencies, by key with peers: the
	// packages themselves, or from version 9 on the snapshots.
	depending map[string]*yaml.Node
	importers map[string]*yaml.Node
}

// pnpmPackage is one of the packages.
type pnpmPackage struct {
	name, version string
	// registered: the key has a version and no address, so a registry has it.
	registered         bool
	integrity, tarball string
	repository, commit string
	folder             bool // lies in the project: nothing to pin
}

// readPNPM reads all versions at once, since they differ in where things lie
// and not in what they mean.
func readPNPM(g *lockfile.Graph, data []byte) error {
	f := &pnpmFile{document: document{PNPM}, g: g, packages: make(map[string]*pnpmPackage),
		depending: make(map[string]*yaml.Node), importers: make(map[string]*yaml.Node)}
	top, err := f.parse(data)
	if err != nil {
		return err
	}
	if err := f.checkVersion(top); err != nil {
		return err
	}
	if err := f.object(top, "the file", func(key string, n *yaml.Node) error { return f.section(top, key, n) }); err != nil {
		return err
	}
	return f.pin()
}

func (f *pnpmFile) checkVersion(top *yaml.Node) error {
	text := ""
	err := f.object(top, "the file", func(key string, n *yaml.Node) (err error) {
		if key == "lockfileVersion" {
			text, err = f.text(n, key)
		}
		return err
	})
	if err != nil {
		return err
	}
	major, _, _ := strings.Cut(text, ".")
	n, err := strconv.Atoi(major)
	switch {
	case err != nil || n < 1:
		return &Error{File: f.file, Msg: "has no valid lockfileVersion"}
	case n < oldestPNPM:
		return &Error{File: f.file, Msg: fmt.Sprintf("has lockfileVersion %s; this ipnpm reads %d to %d", text, oldestPNPM, newestPNPM),
			Advice: "rewrite it with pnpm 8 or newer: pnpm install --lockfile-only"}
	case n > newestPNPM:
		return &Error{File: f.file, Msg: fmt.Sprintf("has lockfileVersion %s; this ipnpm reads up to %d", text, newestPNPM),
			Advice: "install a newer ipnpm"}
	}
	return nil
}

// section takes in one key of the top level.
func (f *pnpmFile) section(top *yaml.Node, key string, n *yaml.Node) error {
	switch key {
	case "importers":
		return f.object(n, key, func(folder string, n *yaml.Node) error {
			f.importers[path.Clean(folder)] = n
			return nil
		})
	case "dependencies", "devDependencies", "optionalDependencies":
		f.importers["."] = top // a project without workspaces, before version 9
	case "packages":
		return f.object(n, key, f.addPackage)
	case "snapshots":
		return f.object(n, key, func(key string, n *yaml.Node) error {
			f.depending[key] = n
			return nil
		})
	}
	return f.unmapped(key, n)
}

// unmapped notes what cannot be taken over.
func (f *pnpmFile) unmapped(key string, n *yaml.Node) error {
	switch key {
	case "pnpmfileChecksum":
		f.note("it was made with a .pnpmfile.cjs, which ipnpm does not run")
	case "packageExtensionsChecksum":
		f.note("it was made with packageExtensions, which are kept only where package.json has them too")
	case "patchedDependencies":
		return f.object(n, key, func(of string, _ *yaml.Node) error {
			f.g.Patched = append(f.g.Patched, of)
			return nil
		})
	case "overrides":
		overrides, err := f.texts(n, key)
		f.g.Overrides = overrides
		return err
	}
	return nil
}

func (f *pnpmFile) note(format string, args ...any) {
	f.g.Unmapped = append(f.g.Unmapped, fmt.Sprintf(format, args...))
}

// addPackage reads a member of packages.
func (f *pnpmFile) addPackage(key string, n *yaml.Node) error {
	p := new(pnpmPackage)
	if name, version, ok := splitAt(strings.TrimPrefix(withoutPeers(key), "/")); ok {
		p.name, p.version, p.registered = name, version, isVersion(version)
	}
	err := f.object(n, key, func(field string, n *yaml.Node) (err error) {
		switch field {
		case "name":
			p.name, err = f.text(n, field)
		case "version":
			p.version, err = f.text(n, field)
		case "resolution":
			err = f.resolution(p, n)
		}
		return err
	})
	if err != nil {
		return err
	}
	f.packages[key] = p
	if f.depending[key] == nil {
		f.depending[key] = n
	}
	return nil
}

func (f *pnpmFile) resolution(p *pnpmPackage, n *yaml.Node) error {
	return f.object(n, "resolution", func(field string, n *yaml.Node) (err error) {
		switch field {
		case "integrity":
			p.integrity, err = f.text(n, field)
		case "tarball":
			p.tarball, err = f.text(n, field)
		case "repo":
			p.repository, err = f.text(n, field)
		case "commit":
			p.commit, err = f.text(n, field)
		case "directory":
			p.folder = true
		}
		return err
	})
}

// pin writes the graph, in an order that does not depend on that of maps.
func (f *pnpmFile) pin() error {
	for _, folder := range slices.Sorted(maps.Keys(f.importers)) {
		location := folder
		if folder == "." {
			location = ""
		}
		if err := f.pinAll(f.g.Folders, location, f.importers[folder]); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(f.depending)) {
		p := f.packages[key]
		if p == nil {
			p = f.packages[withoutPeers(key)]
		}
		if p == nil {
			return &Error{File: f.file, Msg: fmt.Sprintf("%s has no entry in packages", key)}
		}
		if err := f.pinAll(f.g.Packages, p.name+"@"+p.version, f.depending[key]); err != nil {
			return err
		}
	}
	return nil
}

// pinAll pins the dependencies of an importer or a package.
func (f *pnpmFile) pinAll(of map[string]map[string][]lockfile.Pin, dependent string, n *yaml.Node) error {
	return f.object(n, dependent, func(group string, n *yaml.Node) error {
		switch group {
		case "dependencies", "devDependencies", "optionalDependencies":
		default:
			return nil
		}
		return f.object(n, group, func(name string, n *yaml.Node) error {
			ref, err := f.reference(n)
			if err != nil {
				return err
			}
			return f.pinOne(of, dependent, name, ref)
		})
	})
}

// reference reads what a dependency got: a text, or with its specifier.
func (f *pnpmFile) reference(n *yaml.Node) (string, error) {
	if n.Kind == yaml.ScalarNode {
		return n.Value, nil
	}
	ref := ""
	err := f.object(n, "a dependency", func(key string, n *yaml.Node) (err error) {
		if key == "version" {
			ref, err = f.text(n, key)
		}
		return err
	})
	return ref, err
}

func (f *pnpmFile) pinOne(of map[string]map[string][]lockfile.Pin, dependent, name, ref string) error {
	if ref == "" || strings.HasPrefix(ref, "link:") {
		return nil // of the project
	}
	if strings.HasPrefix(ref, "runtime:") {
		f.note("%s is a runtime (%s), which ipnpm does not install", name, ref)
		return nil
	}
	p := f.find(name, ref)
	switch {
	case p == nil:
		return &Error{File: f.file, Msg: fmt.Sprintf("%s depends on %s %s, which has no entry in packages", orRoot(dependent), name, ref)}
	case p.folder:
		return nil
	case p.registered:
		f.g.Pin(of, dependent, name, lockfile.Pin{Name: p.name, Version: p.version, Integrity: p.integrity})
		return nil
	}
	if pin, ok := fromAddress(name, p.version, p.address(), p.integrity); ok {
		if !isVersion(pin.Version) {
			pin.Version = ""
		}
		f.g.Pin(of, dependent, name, pin)
	}
	return nil
}

// find is the package that a reference of a dependency means: a version, or
// the key of a package of another name.
func (f *pnpmFile) find(name, ref string) *pnpmPackage {
	ref = strings.TrimPrefix(ref, "/")
	for _, key := range [...]string{name + "@" + ref, ref} {
		for _, full := range [...]string{key, "/" + key, withoutPeers(key), "/" + withoutPeers(key)} {
			if p := f.packages[full]; p != nil {
				return p
			}
		}
	}
	return nil
}

// address is where what is in no registry came from. pnpm fetches a commit of
// GitHub as an archive; to npm it is a repository.
func (p *pnpmPackage) address() string {
	if p.repository != "" {
		return "git+" + strings.TrimPrefix(p.repository, "git+") + "#" + p.commit
	}
	if rest, ok := strings.CutPrefix(p.tarball, "https://codeload.github.com/"); ok {
		if repository, commit, ok := strings.Cut(rest, "/tar.gz/"); ok {
			return "github:" + repository + "#" + commit
		}
	}
	return p.tarball
}

// withoutPeers cuts off what tells apart the same package with other peers.
func withoutPeers(key string) string {
	// A bracket in a path of a file: is written without one before it.
	if i := strings.IndexByte(key, '('); i > 0 {
		return key[:i]
	}
	return key
}

func orRoot(dependent string) string {
	if dependent == "" {
		return "the project"
	}
	return dependent
}

package foreign

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// The __metadata.version that is read: 4 is Yarn 2's, 10 more than any yet
// released.
const (
	oldestBerry = 4
	newestBerry = 10
)

// berryFile is a yarn.lock of Yarn 2 or newer: what each descriptor
// ("a@npm:^1.0.0") was resolved to, whoever asks.
type berryFile struct {
	document
	g       *lockfile.Graph
	entries map[string]*berryEntry // by descriptor
	named   map[string][]*berryEntry
	all     []*berryEntry
}

type berryEntry struct {
	line       int
	version    string
	resolution string
	// name and reference are the resolution's two halves: "a", "npm:1.0.0".
	name, reference string
	deps            map[string]string
}

func readBerry(g *lockfile.Graph, data []byte, p Project) error {
	f := &berryFile{document: document{Yarn}, g: g, entries: make(map[string]*berryEntry), named: make(map[string][]*berryEntry)}
	top, err := f.parse(data)
	if err != nil {
		return err
	}
	known := false
	err = f.object(top, "the file", func(key string, n *yaml.Node) error {
		if key == "__metadata" {
			known = true
			return f.checkVersion(n)
		}
		return f.add(key, n)
	})
	switch {
	case err != nil:
		return err
	case !known:
		return &Error{File: Yarn, Msg: "is neither Yarn 1's nor has it the __metadata of Yarn 2 and newer"}
	}
	f.pinAll(p)
	return nil
}

func (f *berryFile) checkVersion(n *yaml.Node) error {
	fields, err := f.texts(n, "__metadata")
	if err != nil {
		return err
	}
	v, err := strconv.Atoi(fields["version"])
	switch {
	case err != nil:
		return &Error{File: Yarn, Msg: "has no valid __metadata.version"}
	case v < oldestBerry:
		return &Error{File: Yarn, Msg: fmt.Sprintf("has __metadata.version %d; this ipnpm reads %d to %d", v, oldestBerry, newestBerry),
			Advice: "rewrite it with Yarn 2 or newer: yarn install --mode=update-lockfile"}
	case v > newestBerry:
		return &Error{File: Yarn, Msg: fmt.Sprintf("has __metadata.version %d; this ipnpm reads up to %d", v, newestBerry),
			Advice: "install a newer ipnpm"}
	}
	return nil
}

// add takes in an entry with its descriptors, "a@npm:^1.0.0, a@npm:^1.2.0".
func (f *berryFile) add(key string, n *yaml.Node) error {
	e := &berryEntry{line: n.Line}
	err := f.object(n, key, func(field string, n *yaml.Node) (err error) {
		switch field {
		case "version":
			e.version, err = f.text(n, field)
		case "resolution":
			e.resolution, err = f.text(n, field)
		case "dependencies":
			e.deps, err = f.texts(n, field)
		}
		return err
	})
	if err != nil {
		return err
	}
	var ok bool
	if e.name, e.reference, ok = splitAt(e.resolution); !ok {
		return f.fail(n, key+" has no valid resolution")
	}
	for descriptor := range strings.SplitSeq(key, ", ") {
		f.entries[descriptor] = e
	}
	f.named[e.name] = append(f.named[e.name], e)
	f.all = append(f.all, e)
	return nil
}

func (f *berryFile) pinAll(p Project) {
	// The lockfile has the workspaces too, but with the dependencies of all
	// groups and Yarn's spelling; package.json is what the resolver goes by.
	p.folders(func(location string, m *manifest.Manifest) {
		for name, spec := range dependencies(m) {
			f.pin(f.g.Folders, location, name, spec)
		}
	})
	for _, e := range f.all {
		if strings.HasPrefix(e.reference, "patch:") && !strings.Contains(e.reference, "builtin<") {
			f.g.Unmapped = append(f.g.Unmapped, fmt.Sprintf("%s@%s is patched; the patch is not applied", e.name, e.version))
		}
		if strings.HasPrefix(e.reference, "workspace:") {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(e.deps)) {
			f.pin(f.g.Packages, e.name+"@"+e.version, name, e.deps[name])
		}
	}
}

func (f *berryFile) pin(of map[string]map[string][]lockfile.Pin, dependent, name, spec string) {
	e := f.find(name, spec)
	if e == nil {
		return
	}
	if p, ok := e.pin(name); ok {
		f.g.Pin(of, dependent, name, p)
	}
}

// find looks a dependency up by its descriptor. A range is one of "npm:",
// though older versions do not write that. What the project's resolutions
// replaced is not there under its own; then it is the only version that there
// is of the name, if so.
func (f *berryFile) find(name, spec string) *berryEntry {
	for _, descriptor := range [...]string{name + "@" + spec, name + "@npm:" + spec} {
		if e := f.entries[descriptor]; e != nil {
			return e
		}
	}
	if list := f.named[name]; len(list) == 1 {
		return list[0]
	}
	return nil
}

// pin is what a resolution stands for outside of Yarn. Its checksum is of no
// use: it is that of the zip archive which Yarn made of the tarball.
func (e *berryEntry) pin(name string) (lockfile.Pin, bool) {
	reference, _, _ := strings.Cut(e.reference, "::")
	protocol, rest, _ := strings.Cut(reference, ":")
	switch protocol {
	case "npm":
		return lockfile.Pin{Name: e.name, Version: rest}, isVersion(rest)
	case "patch":
		// The package under the patch: patch:a@npm%3A1.0.0#….
		under, _, _ := strings.Cut(rest, "#")
		if _, version, ok := splitAt(unescape(under)); ok {
			version = strings.TrimPrefix(version, "npm:")
			return lockfile.Pin{Name: e.name, Version: version}, isVersion(version)
		}
	case "http", "https", "git", "git+ssh", "git+https", "ssh":
		return fromAddress(name, "", gitAddress(reference), "")
	}
	return lockfile.Pin{}, false // workspace, portal, link, file, exec: of the project
}

// gitAddress rewrites "https://host/x.git#commit=abc" as npm has it.
func gitAddress(reference string) string {
	address, fragment, _ := strings.Cut(reference, "#")
	for field := range strings.SplitSeq(fragment, "&") {
		if commit, ok := strings.CutPrefix(field, "commit="); ok {
			return "git+" + strings.TrimPrefix(address, "git+") + "#" + commit
		}
	}
	return reference
}

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

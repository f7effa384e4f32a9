package foreign

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
)

// newestBun is the highest lockfileVersion of bun.lock that is read; bun 1.2
// writes 0, newer ones 1.
const newestBun = 2

// bunFile is bun.lock. The keys of packages are paths of names: what "a" found
// is under "a/b", or where that is missing under "b".
type bunFile struct {
	Version    *int                         `json:"lockfileVersion"`
	Workspaces map[string]bunWorkspace      `json:"workspaces"`
	Overrides  map[string]json.RawMessage   `json:"overrides"`
	Patched    map[string]string            `json:"patchedDependencies"`
	Packages   map[string][]json.RawMessage `json:"packages"`

	read map[string]*bunPackage
}

type bunWorkspace struct {
	Name string `json:"name"`
	bunDependencies
}

// bunDependencies are those of a workspace or a package.
type bunDependencies struct {
	Dependencies         map[string]string `json:"dependencies"`
	DevDependencies      map[string]string `json:"devDependencies"`
	OptionalDependencies map[string]string `json:"optionalDependencies"`
	PeerDependencies     map[string]string `json:"peerDependencies"`
}

// bunPackage is one of the packages: [resolution, …], with what follows
// depending on the resolution.
type bunPackage struct {
	name, reference string
	bunDependencies
	integrity string
}

func readBun(g *lockfile.Graph, data []byte) error {
	text, err := standardJSON(data)
	if err != nil {
		return err
	}
	f := &bunFile{read: make(map[string]*bunPackage)}
	if err := unmarshal(text, f, "it is not JSON as bun writes it"); err != nil {
		return err
	}
	if f.Version == nil || *f.Version < 0 {
		return &Error{File: Bun, Msg: "has no valid lockfileVersion"}
	}
	if *f.Version > newestBun {
		return &Error{File: Bun, Msg: fmt.Sprintf("has lockfileVersion %d; this ipnpm reads up to %d", *f.Version, newestBun),
			Advice: "install a newer ipnpm"}
	}
	for key, tuple := range f.Packages {
		if f.read[key], err = readBunPackage(key, tuple); err != nil {
			return err
		}
	}
	f.unmapped(g)
	f.pinAll(g)
	return nil
}

func (f *bunFile) unmapped(g *lockfile.Graph) {
	g.Patched = slices.Sorted(maps.Keys(f.Patched))
	g.Overrides = make(map[string]string)
	for name, raw := range f.Overrides {
		if json.Unmarshal(raw, new(string)) == nil {
			var spec string
			_ = json.Unmarshal(raw, &spec)
			g.Overrides[name] = spec
		}
	}
}

// readBunPackage takes a tuple apart: the resolution first, the object with the
// dependencies somewhere behind it, and last a text with the integrity.
func readBunPackage(key string, tuple []json.RawMessage) (*bunPackage, error) {
	p := new(bunPackage)
	for i, raw := range tuple {
		switch {
		case i == 0:
			var resolution string
			if err := unmarshal(raw, &resolution, key); err != nil {
				return nil, err
			}
			var ok bool
			if p.name, p.reference, ok = splitAt(resolution); !ok {
				return nil, &Error{File: Bun, Msg: fmt.Sprintf("%s: %q is no resolution", key, resolution)}
			}
		case raw[0] == '{':
			if err := unmarshal(raw, &p.bunDependencies, key); err != nil {
				return nil, err
			}
		case raw[0] == '"':
			var text string
			if err := unmarshal(raw, &text, key); err != nil {
				return nil, err
			}
			if strings.HasPrefix(text, "sha") && strings.Contains(text, "-") {
				p.integrity = text
			}
		}
	}
	if p.name == "" {
		return nil, &Error{File: Bun, Msg: key + " has no resolution"}
	}
	return p, nil
}

func (f *bunFile) pinAll(g *lockfile.Graph) {
	for location, ws := range f.Workspaces {
		prefix := ""
		if location != "" {
			prefix = ws.Name
		}
		f.pin(g, g.Folders, location, prefix, ws.bunDependencies)
	}
	for _, key := range slices.Sorted(maps.Keys(f.read)) {
		p := f.read[key]
		if !isVersion(p.reference) {
			continue
		}
		f.pin(g, g.Packages, p.name+"@"+p.reference, key, p.bunDependencies)
	}
}

func (f *bunFile) pin(g *lockfile.Graph, of map[string]map[string][]lockfile.Pin, dependent, key string, deps bunDependencies) {
	for _, group := range [...]map[string]string{deps.Dependencies, deps.DevDependencies, deps.OptionalDependencies, deps.PeerDependencies} {
		for name := range group {
			p := f.find(key, name)
			if p == nil {
				continue // optional, and for another platform in old files
			}
			if pin, ok := p.pin(name); ok {
				g.Pin(of, dependent, name, pin)
			}
		}
	}
}

// find looks a name up from a key: below it, and then below each of its
// beginnings.
func (f *bunFile) find(key, name string) *bunPackage {
	for key != "" {
		if p := f.read[key+"/"+name]; p != nil {
			return p
		}
		key = parentKey(key)
	}
	return f.read[name]
}

// parentKey cuts the last name off a path of names.
func parentKey(key string) string {
	i := strings.LastIndexByte(key, '/')
	if i < 0 {
		return ""
	}
	if j := strings.LastIndexByte(key[:i], '/'); key[j+1] == '@' {
		i = j
	}
	return key[:max(i, 0)]
}

func (p *bunPackage) pin(name string) (lockfile.Pin, bool) {
	if isVersion(p.reference) {
		return lockfile.Pin{Name: p.name, Version: p.reference, Integrity: p.integrity}, true
	}
	protocol, _, _ := strings.Cut(p.reference, ":")
	switch protocol {
	case "http", "https":
		return fromAddress(name, "", p.reference, p.integrity)
	case "github", "git+https", "git+ssh", "git":
		return fromAddress(name, "", p.reference, "")
	}
	return lockfile.Pin{}, false // workspace, root, file, link: of the project
}

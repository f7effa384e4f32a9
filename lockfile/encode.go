package lockfile

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strconv"
)

// Encode writes the lockfile as ipnpm-lock.json. Equal lockfiles give equal
// bytes: two blanks of indentation, a package's keys in the order of
// [Package]'s fields, locations and names in the order of [Compare], a line
// feed at the end. What [Parse] would refuse is not written but a
// *[FieldError].
func (l *Lockfile) Encode() ([]byte, error) {
	if err := l.validate(); err != nil {
		return nil, err
	}
	w := newWriter(l)
	w.open()
	w.text("name", l.Name)
	w.text("version", l.Version)
	w.number("lockfileVersion", Version)
	if len(l.Registries) > 0 {
		w.key("registries")
		w.open()
		for _, key := range sorted(maps.Keys(l.Registries)) {
			w.registry(key, l.Registries[key])
		}
		w.shut()
	}
	w.text("closure", l.Closure)
	w.key("packages")
	w.open()
	for _, location := range l.Locations() {
		w.key(location)
		w.open()
		w.ownPackage(l.Packages[location])
		w.shut()
	}
	w.shut()
	w.shut()
	return append(w.out, '\n'), nil
}

func (w *writer) registry(key string, r Registry) {
	w.key(key)
	w.open()
	w.text("ipns", r.IPNS)
	w.text("root", r.Root)
	if r.Sequence > 0 {
		w.number("sequence", r.Sequence)
	}
	w.shut()
}

// ownPackage writes the fields in the order of the struct.
func (w *writer) ownPackage(p *Package) {
	w.text("name", p.Name)
	w.text("version", p.Version)
	w.text("resolved", p.Resolved)
	w.text("cid", p.CID)
	w.text("integrity", p.Integrity)
	if p.Size > 0 {
		w.number("size", uint64(p.Size))
	}
	w.text("registry", p.Registry)
	w.flag("link", p.Link)
	w.flag("dev", p.Dev)
	w.flag("optional", p.Optional)
	w.flag("devOptional", p.DevOptional)
	w.flag("peer", p.Peer)
	w.flag("inBundle", p.InBundle)
	w.flag("extraneous", p.Extraneous)
	w.flag("hasInstallScript", p.HasInstallScript)
	w.text("deprecated", p.Deprecated)
	w.text("license", p.License)
	w.list("workspaces", p.Workspaces)
	w.list("bundleDependencies", p.BundleDependencies)
	w.dict("dependencies", p.Dependencies)
	w.dict("bin", p.Bin)
	w.dict("devDependencies", p.DevDependencies)
	w.dict("engines", p.Engines)
	w.list("os", p.OS)
	w.list("cpu", p.CPU)
	w.list("libc", p.Libc)
	w.dict("optionalDependencies", p.OptionalDependencies)
	w.dict("peerDependencies", p.PeerDependencies)
	w.peerMeta(p.PeerDependenciesMeta)
	w.text("packageExtensionsHash", p.ExtensionsHash)
	w.extended(p.Extended)
	w.patched(p.Patched)
}

func (w *writer) patched(p *Patched) {
	if p == nil {
		return
	}
	w.key("patched")
	w.open()
	w.text("integrity", p.Integrity)
	w.text("path", p.Path)
	w.shut()
}

func (w *writer) extended(x *Extended) {
	if x == nil {
		return
	}
	w.key("packageExtensionsApplied")
	w.open()
	for _, field := range extendedFields() {
		w.list(field, x.Fields[field])
	}
	w.text("selector", x.Selector)
	w.shut()
}

// writer appends indented JSON as JSON.stringify(…, null, 2) lays it out.
type writer struct {
	out   []byte
	depth int
	// first is true until the open object or array has a member.
	first bool
	// npm is set where maps must be sorted with npm's preferred keys.
	npm bool
	// sorted is room for the names of a map.
	sorted []string
}

// packageText is about what a package takes in a file, in bytes: what grows by
// doubling is copied and paged in twice.
const packageText = 512

func newWriter(l *Lockfile) *writer {
	return &writer{out: make([]byte, 0, packageText*(len(l.Packages)+1))}
}

func (w *writer) open() { w.begin('{') }
func (w *writer) shut() { w.finish('}') }
func (w *writer) begin(c byte) {
	w.out = append(w.out, c)
	w.depth++
	w.first = true
}

func (w *writer) finish(c byte) {
	w.depth--
	if !w.first {
		w.line()
	}
	w.out = append(w.out, c)
	w.first = false
}

func (w *writer) line() {
	w.out = append(w.out, '\n')
	for range w.depth {
		w.out = append(w.out, ' ', ' ')
	}
}

// next goes to the place of the next member.
func (w *writer) next() {
	if !w.first {
		w.out = append(w.out, ',')
	}
	w.first = false
	w.line()
}

func (w *writer) key(k string) {
	w.next()
	w.quote(k)
	w.out = append(w.out, ": "...)
}

// text writes a member, none for "".
func (w *writer) text(k, v string) {
	if v != "" {
		w.key(k)
		w.quote(v)
	}
}

func (w *writer) number(k string, v uint64) {
	w.key(k)
	w.out = strconv.AppendUint(w.out, v, 10)
}

// flag writes a member, none for false.
func (w *writer) flag(k string, v bool) {
	if v {
		w.key(k)
		w.out = append(w.out, "true"...)
	}
}

// list writes a member, none for an empty list.
func (w *writer) list(k string, v []string) {
	if len(v) == 0 {
		return
	}
	w.key(k)
	w.begin('[')
	for _, s := range v {
		w.next()
		w.quote(s)
	}
	w.finish(']')
}

// dict writes a member, none for an empty map.
func (w *writer) dict(k string, v map[string]string) {
	if len(v) == 0 {
		return
	}
	w.key(k)
	w.open()
	for _, name := range names(w, v) {
		w.key(name)
		w.quote(v[name])
	}
	w.shut()
}

func (w *writer) peerMeta(v map[string]PeerMeta) {
	if len(v) == 0 {
		return
	}
	w.key("peerDependenciesMeta")
	w.open()
	for _, name := range names(w, v) {
		w.key(name)
		w.open()
		w.flag("optional", v[name].Optional)
		w.shut()
	}
	w.shut()
}

// quote writes a string with JSON.stringify's escapes.
func (w *writer) quote(s string) {
	start := 0
	w.out = append(w.out, '"')
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		w.out = append(w.out, s[start:i]...)
		w.out = appendEscape(w.out, s[i])
		start = i + 1
	}
	w.out = append(w.out, s[start:]...)
	w.out = append(w.out, '"')
}

func appendEscape(out []byte, c byte) []byte {
	if c == '"' || c == '\\' {
		return append(out, '\\', c)
	}
	// encoding/json has the same short forms for control characters.
	quoted, _ := json.Marshal(string(rune(c)))
	return append(out, quoted[1:len(quoted)-1]...)
}

// names sorts the keys of a map in a package. They are there until the next map's.
func names[V any](w *writer, dict map[string]V) []string {
	w.sorted = w.sorted[:0]
	for name := range dict {
		w.sorted = append(w.sorted, name)
	}
	if w.npm {
		slices.SortFunc(w.sorted, compareNPM)
	} else {
		slices.SortFunc(w.sorted, compareKeys)
	}
	return w.sorted
}

// sorted returns keys in the order of the file.
func sorted(keys iter.Seq[string]) []string {
	return slices.SortedFunc(keys, compareKeys)
}

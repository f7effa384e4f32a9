package manifest

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// Extensions are packageExtensions: what a project adds to the package.json of
// packages that forgot to declare something, before their dependencies are
// read. npm 12's own, in the root's package.json, are strict: they add what is
// missing, and anything doubtful is an error. Those of pnpm and Yarn give way
// to what a package says itself.
type Extensions struct {
	rules []extension
	hash  string
}

// extension is the rule of one selector: "name" or "name@range".
type extension struct {
	key, name string
	versions  *npmrange.Range // nil for every version
	lenient   bool            // pnpm's or Yarn's
	deps      map[string]StringMap
	meta      PeerMetas
}

// ExtensionError says what is wrong with packageExtensions.
type ExtensionError struct {
	// Kind is npm's code: EEXTENSIONSELECTOR, EEXTENSIONFIELD…
	Kind     string
	Selector string
	Problem  string
}

func (e *ExtensionError) Error() string {
	if e.Selector == "" {
		return "packageExtensions " + e.Problem
	}
	return fmt.Sprintf("packageExtensions[%q] %s", e.Selector, e.Problem)
}

// Code is npm's code for the error.
func (e *ExtensionError) Code() string { return e.Kind }

// Extended says what was added to a package, in the terms in which npm's
// lockfile keeps it: names by field, and the selector that said so.
type Extended struct {
	Selector string
	Fields   map[string][]string
}

const (
	optionalField = "optionalDependencies"
	peerField     = "peerDependencies"
	metaField     = "peerDependenciesMeta"
)

// extensionFields are those that an extension may have, the plain groups of
// dependencies first.
func extensionFields() [4]string {
	return [4]string{"dependencies", optionalField, peerField, metaField}
}

// add reads one packageExtensions object; null and nothing add nothing.
func (x *Extensions) add(raw json.RawMessage, lenient bool) error {
	if len(raw) == 0 || lenient && firstByte(raw) != '{' {
		return nil
	}
	if firstByte(raw) != '{' {
		return &ExtensionError{Kind: "EEXTENSIONROOT", Problem: "must be an object"}
	}
	for _, m := range tree(raw).members {
		rule, err := parseExtension(m.key, raw[m.value.start:m.value.end], lenient)
		if err != nil {
			return err
		}
		x.rules = append(x.rules, rule)
	}
	return x.seal(raw, lenient)
}

// seal computes the hash by which a lockfile knows the rules that it was made
// with. For npm's own it is npm's: sha512 of the text with sorted keys.
func (x *Extensions) seal(raw json.RawMessage, lenient bool) error {
	var value any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return err
	}
	if lenient {
		value = []any{x.hash, value}
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return err
	}
	sum := sha512.Sum512(bytes.TrimSuffix(text.Bytes(), []byte("\n")))
	x.hash = "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
	return nil
}

// Hash identifies the rules; empty without any field packageExtensions.
func (x *Extensions) Hash() string {
	if x == nil {
		return ""
	}
	return x.hash
}

func parseExtension(key string, raw json.RawMessage, lenient bool) (extension, error) {
	x := extension{key: key, lenient: lenient, deps: map[string]StringMap{}}
	if err := x.selector(); err != nil {
		return x, err
	}
	if firstByte(raw) != '{' {
		return x, x.fail("EEXTENSIONVALUE", "must be an object")
	}
	fields := extensionFields()
	for _, m := range tree(raw).members {
		value := raw[m.value.start:m.value.end]
		switch {
		case !slices.Contains(fields[:], m.key) && lenient:
			continue
		case !slices.Contains(fields[:], m.key):
			return x, x.fail("EEXTENSIONFIELD", fmt.Sprintf("has the field %q; there can be %s", m.key, strings.Join(fields[:], ", ")))
		case m.value.kind != '{':
			return x, x.fail("EEXTENSIONVALUE", m.key+" must be an object")
		}
		if err := x.field(m.key, m.value, value); err != nil {
			return x, err
		}
	}
	return x, nil
}

// selector reads the rule's key.
func (x *extension) selector() error {
	name, text := x.key, ""
	at := strings.IndexByte(strings.TrimPrefix(x.key, "@"), '@')
	if at >= 0 {
		at += len(x.key) - len(strings.TrimPrefix(x.key, "@"))
		name, text = x.key[:at], x.key[at+1:]
	}
	if ValidateName(name) != nil {
		return x.fail("EEXTENSIONSELECTOR", "does not begin with a package name")
	}
	x.name = name
	if at < 0 {
		return nil
	}
	var err error
	if x.versions, err = npmrange.Parse(text, npmrange.Options{Loose: true}); err != nil || strings.TrimSpace(text) == "" {
		return x.fail("EEXTENSIONSELECTOR", "is no name with a range; a name alone stands for every version")
	}
	return nil
}

func (x *extension) field(name string, n node, raw json.RawMessage) error {
	for _, m := range n.members {
		if name == metaField {
			if m.value.kind != '{' {
				return x.fail("EEXTENSIONVALUE", name+"."+m.key+" must be an object")
			}
			continue
		}
		text := string(raw[m.value.start-n.start : m.value.end-n.start])
		if text == "null" || text == "false" || text == `"-"` {
			return x.fail("EEXTENSIONDELETE", name+"."+m.key+" would take something away, which cannot be done")
		}
		if m.value.kind != '"' || ValidateName(m.key) != nil {
			return x.fail("EEXTENSIONVALUE", name+"."+m.key+" must be a spec under a package name")
		}
	}
	if name == metaField {
		return x.meta.UnmarshalJSON(raw)
	}
	var specs StringMap
	err := specs.UnmarshalJSON(raw)
	x.deps[name] = specs
	return err
}

func (x *extension) fail(code, problem string) error {
	return &ExtensionError{Kind: code, Selector: x.key, Problem: problem}
}

func (x *extension) matches(name, version string) bool {
	return x.name == name && (x.versions == nil || x.versions.TestString(version))
}

// Match reports whether some rule is for a package.
func (x *Extensions) Match(name, version string) bool {
	return x != nil && slices.ContainsFunc(x.rules, func(r extension) bool { return r.matches(name, version) })
}

// Apply returns a package's manifest with what the rules add, and what that
// was; the manifest itself and nil when no rule is for it. Two of npm's rules
// for one package are an error, and so is what they cannot add.
func (x *Extensions) Apply(m *Manifest) (*Manifest, *Extended, error) {
	if x == nil || !x.Match(m.Name, m.Version) {
		return m, nil, nil
	}
	out, did := *m, &Extended{Fields: map[string][]string{}}
	strict := ""
	for _, rule := range x.rules {
		if !rule.matches(m.Name, m.Version) {
			continue
		}
		if !rule.lenient {
			if strict != "" {
				return nil, nil, rule.fail("EEXTENSIONCONFLICT", fmt.Sprintf("and packageExtensions[%q] are both for %s@%s", strict, m.Name, m.Version))
			}
			strict = rule.key
		}
		if did.Selector == "" {
			did.Selector = rule.key
		}
		if err := rule.apply(&out, did); err != nil {
			return nil, nil, err
		}
	}
	return &out, did, nil
}

func (x *extension) apply(m *Manifest, did *Extended) error {
	for _, field := range []string{"dependencies", optionalField} {
		for _, name := range slices.Sorted(maps.Keys(x.deps[field])) {
			_, has := m.Dependencies[name]
			_, optional := m.OptionalDependencies[name]
			switch {
			case (has || optional) && x.lenient:
				continue
			case has || optional:
				return x.fail("EEXTENSIONDUPDEP", fmt.Sprintf("adds %s.%s, which %s@%s has itself; overrides change a version", field, name, m.Name, m.Version))
			case field == optionalField:
				m.OptionalDependencies = with(m.OptionalDependencies, name, x.deps[field][name])
			default:
				m.Dependencies = with(m.Dependencies, name, x.deps[field][name])
			}
			did.Fields[field] = append(did.Fields[field], name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(x.deps[peerField])) {
		if _, has := m.PeerDependencies[name]; has && x.lenient {
			continue
		}
		m.PeerDependencies = with(m.PeerDependencies, name, x.deps[peerField][name])
		did.Fields[peerField] = append(did.Fields[peerField], name)
	}
	return x.applyMeta(m, did)
}

func (x *extension) applyMeta(m *Manifest, did *Extended) error {
	for _, name := range slices.Sorted(maps.Keys(x.meta)) {
		if _, has := m.PeerDependencies[name]; !has {
			if x.lenient {
				continue
			}
			return x.fail("EEXTENSIONORPHANMETA", fmt.Sprintf("has %s.%s, and %s@%s no such peer dependency", metaField, name, m.Name, m.Version))
		}
		m.PeerDependenciesMeta = with(m.PeerDependenciesMeta, name, x.meta[name])
		did.Fields[metaField] = append(did.Fields[metaField], name)
	}
	return nil
}

// with is a copy of a map with one entry more.
func with[M ~map[string]V, V any](m M, key string, value V) M {
	out := make(M, len(m)+1)
	maps.Copy(out, m)
	out[key] = value
	return out
}

package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Catalogs are the specs that stand behind "catalog:" (the catalog named
// "default") and "catalog:NAME", so that all workspaces of a project can ask
// for the same version of a package by writing it down once. The zero value
// has none.
type Catalogs struct {
	specs map[string]map[string]string // by catalog and package
	from  map[string]map[string]string // the files, for messages
}

// defaultCatalog is the one that "catalog:" without a name means.
const defaultCatalog = "default"

// catalogFields are the two fields that hold catalogs in pnpm's, Yarn's and
// bun's files alike.
type catalogFields struct {
	Catalog  StringMap            `json:"catalog" yaml:"catalog"`
	Catalogs map[string]StringMap `json:"catalogs" yaml:"catalogs"`
}

// add takes over a file's catalogs. Two files may say the same; which of two
// different specs was meant cannot be told.
func (c *Catalogs) add(file string, fields catalogFields) error {
	if err := c.addOne(file, defaultCatalog, fields.Catalog); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(fields.Catalogs)) {
		if err := c.addOne(file, name, fields.Catalogs[name]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Catalogs) addOne(file, catalog string, specs map[string]string) error {
	if len(specs) == 0 {
		return nil
	}
	if c.specs[catalog] == nil {
		if c.specs == nil {
			c.specs, c.from = map[string]map[string]string{}, map[string]map[string]string{}
		}
		c.specs[catalog], c.from[catalog] = map[string]string{}, map[string]string{}
	}
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		spec := strings.TrimSpace(specs[name])
		if old, ok := c.specs[catalog][name]; ok && old != spec {
			return fmt.Errorf("the catalog %s has %s %q, and in %s %q", catalog, name, spec, c.from[catalog][name], old)
		}
		if strings.HasPrefix(strings.ToLower(spec), "catalog:") {
			return fmt.Errorf("the catalog %s has %s %q: an entry cannot refer to a catalog itself", catalog, name, spec)
		}
		c.specs[catalog][name], c.from[catalog][name] = spec, file
	}
	return nil
}

// CatalogError says that nothing stands behind a "catalog:" entry.
type CatalogError struct {
	Name, Spec string
	// Catalogs are the names of those that there are, with Name when it is in
	// one of them.
	Catalogs  []string
	Elsewhere bool
}

func (e *CatalogError) Error() string {
	return fmt.Sprintf("%s@%s: no such catalog entry", e.Name, e.Spec)
}

// Hint says which catalogs there are, and where they are kept.
func (e *CatalogError) Hint() string {
	switch {
	case e.Elsewhere:
		return e.Name + " is in the catalog " + strings.Join(e.Catalogs, " and in ")
	case len(e.Catalogs) > 0:
		return "add it to the catalog; there are: " + strings.Join(e.Catalogs, ", ")
	}
	return "catalogs are read from catalog and catalogs of pnpm-workspace.yaml, .yarnrc.yml and package.json (also in its workspaces)"
}

// Spec returns what stands behind a spec of KindCatalog for a package, which
// is a *CatalogError when nothing does. Any other spec stands for itself.
func (c Catalogs) Spec(name, spec string) (string, error) {
	if !mayBeCatalog(spec) {
		return spec, nil
	}
	parsed, err := ParseSpec(name, spec)
	if err != nil || parsed.Kind != KindCatalog {
		return spec, nil //nolint:nilerr // what cannot be read is not ours to judge
	}
	catalog := parsed.Fetch
	if catalog == "" {
		catalog = defaultCatalog
	}
	if found, ok := c.specs[catalog][name]; ok {
		return found, nil
	}
	bad := &CatalogError{Name: name, Spec: spec}
	for _, other := range slices.Sorted(maps.Keys(c.specs)) {
		if _, ok := c.specs[other][name]; ok {
			bad.Elsewhere = true
			bad.Catalogs = append(bad.Catalogs, other)
		}
	}
	if !bad.Elsewhere {
		bad.Catalogs = slices.Sorted(maps.Keys(c.specs))
	}
	return "", bad
}

// Apply returns the manifest with the catalogs' specs in the place of what
// refers to them, in all groups of dependencies and in overrides. m is not
// changed, and returned itself when it refers to none.
func (c Catalogs) Apply(m *Manifest) (*Manifest, error) {
	out := *m
	changed := false
	for _, group := range []*StringMap{&out.Dependencies, &out.DevDependencies, &out.OptionalDependencies, &out.PeerDependencies} {
		filled, err := c.fill(*group)
		if err != nil {
			return nil, err
		}
		if filled != nil {
			*group, changed = filled, true
		}
	}
	overrides, err := c.fillOverrides(m.Overrides)
	if err != nil {
		return nil, err
	}
	if changed = changed || overrides != nil; !changed {
		return m, nil
	}
	if overrides != nil {
		out.Overrides = overrides
	}
	return &out, nil
}

// fill is a copy of a group with its references resolved, nil without any.
func (c Catalogs) fill(group StringMap) (StringMap, error) {
	var filled StringMap
	for _, name := range slices.Sorted(maps.Keys(group)) {
		spec, err := c.Spec(name, group[name])
		if err != nil {
			return nil, err
		}
		if spec == group[name] {
			continue
		}
		if filled == nil {
			filled = maps.Clone(group)
		}
		filled[name] = spec
	}
	return filled, nil
}

// mayBeCatalog spares most specs the parsing.
func mayBeCatalog(spec string) bool { return strings.Contains(strings.ToLower(spec), "catalog:") }

// fillOverrides resolves the references in overrides, whose order counts and
// stays. It returns nil when there are none.
func (c Catalogs) fillOverrides(raw json.RawMessage) (json.RawMessage, error) {
	if !mayBeCatalog(string(raw)) || firstByte(raw) != '{' {
		return nil, nil
	}
	var edits []edit
	var errs []error
	var visit func(n node, above string)
	visit = func(n node, above string) {
		for _, m := range n.members {
			name := above
			if m.key != "." {
				name, _ = splitArg(m.key)
			}
			visit(m.value, name)
		}
		if n.kind != '"' {
			return
		}
		text := decodeString(raw[n.start:n.end])
		spec, err := c.Spec(above, text)
		if err != nil {
			errs = append(errs, fmt.Errorf("overrides: %w", err))
		} else if spec != text {
			edits = append(edits, edit{n.start, n.end, quote(spec)})
		}
	}
	visit(tree(raw), "")
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	out := slices.Clone(raw)
	for _, e := range slices.Backward(edits) {
		out = slices.Concat(out[:e.start], []byte(e.text), out[e.end:])
	}
	return out, nil
}

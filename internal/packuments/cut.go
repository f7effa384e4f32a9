package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/pick"
)

// cut grows to what the fixtures reach.
type cut struct {
	source source
	wishes []wish
	seen   map[wish]bool
	// shy are wishes of optional peers, which count only when something else
	// brings their package.
	shy  map[string][]wish
	docs map[string]*registry.Packument
	// versions that are kept, by name, and whether their dependencies are
	// followed.
	versions map[string]map[string]bool
	// timed are packages of which all versions and their times are kept.
	timed map[string]bool
	// bundles is what is in versions that bundle, by name@version.
	bundles map[string]json.RawMessage
}

// wish is a dependency on somebody.
type wish struct{ name, spec string }

func newCut(s source) *cut {
	return &cut{source: s, seen: make(map[wish]bool), shy: make(map[string][]wish), docs: make(map[string]*registry.Packument),
		versions: make(map[string]map[string]bool), timed: make(map[string]bool), bundles: make(map[string]json.RawMessage)}
}

func (c *cut) want(name, spec string) {
	w := wish{name, spec}
	if !c.seen[w] {
		c.seen[w] = true
		c.wishes = append(c.wishes, w)
	}
}

func (c *cut) wantAll(deps map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(deps)) {
		c.want(name, deps[name])
	}
}

// follow satisfies all wishes, and those that come of it.
func (c *cut) follow() error {
	for len(c.wishes) > 0 {
		w := c.wishes[0]
		c.wishes = c.wishes[1:]
		if err := c.satisfy(w); err != nil {
			return fmt.Errorf("%s@%s: %w", w.name, w.spec, err)
		}
	}
	return nil
}

// satisfy keeps what npm picks. That there is nothing to pick is the point of
// some fixtures.
func (c *cut) satisfy(w wish) error {
	spec, wrong := manifest.ParseSpec(w.name, w.spec)
	if wrong != nil || !spec.Registry() {
		return nil //nolint:nilerr // a spec that npm refuses is a fixture's point, too
	}
	name := spec.Target().Name
	doc, err := c.document(name)
	if doc == nil || err != nil {
		return err
	}
	for _, node := range []string{"", "24.0.0"} {
		v, err := pick.Version(doc, spec, pick.Options{NodeVersion: node})
		if _, none := errors.AsType[*pick.NoVersionError](err); none {
			return nil
		}
		if err != nil {
			return err
		}
		c.keep(name, v)
	}
	return nil
}

// document opens a package's document the first time that it is wanted.
func (c *cut) document(name string) (*registry.Packument, error) {
	if doc, ok := c.docs[name]; ok || c.source[name] == nil {
		return doc, nil
	}
	raw, err := json.Marshal(c.source[name])
	if err != nil {
		return nil, err
	}
	doc, err := registry.Parse(raw)
	if err != nil {
		return nil, err
	}
	c.docs[name] = doc
	c.versions[name] = make(map[string]bool)
	if latest := doc.DistTags["latest"]; latest != "" {
		c.versions[name][latest] = false
	}
	if c.timed[name] {
		for v := range c.source[name].Versions {
			c.want(name, v)
		}
	}
	for _, w := range c.shy[name] {
		c.want(w.name, w.spec)
	}
	return doc, nil
}

// keep keeps a version, and wants what it depends on.
func (c *cut) keep(name string, v *registry.Version) {
	if c.versions[name][v.Version] {
		return
	}
	c.versions[name][v.Version] = true
	if c.timed[name] {
		for dep := range v.Dependencies {
			c.timed[dep] = true
		}
	}
	c.wantAll(v.Dependencies)
	c.wantAll(v.OptionalDependencies)
	for peer, spec := range v.PeerDependencies {
		_, here := c.docs[peer]
		if v.PeerDependenciesMeta[peer].Optional && !here {
			c.shy[peer] = append(c.shy[peer], wish{peer, spec})
			continue
		}
		c.want(peer, spec)
	}
}

// write writes what was kept, a document a line.
func (c *cut) write(file string) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	zipped, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.docs)) {
		if err := c.writeDocument(zipped, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return errors.Join(zipped.Close(), out.Close())
}

func (c *cut) writeDocument(w io.Writer, name string) error {
	whole := c.source[name]
	doc := document{Name: name, DistTags: make(map[string]string), Versions: make(map[string]map[string]json.RawMessage)}
	for number := range c.versions[name] {
		version, err := trim(whole.Versions[number])
		if err != nil {
			return err
		}
		if inside, ok := c.bundles[name+"@"+number]; ok {
			version["_bundled"] = inside
		} else {
			delete(version, "bundleDependencies")
			delete(version, "bundledDependencies")
		}
		doc.Versions[number] = version
	}
	for tag, number := range whole.DistTags {
		if doc.Versions[number] != nil {
			doc.DistTags[tag] = number
		}
	}
	if c.timed[name] {
		doc.Time = whole.Time
	}
	line, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

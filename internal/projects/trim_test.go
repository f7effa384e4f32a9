//go:build record

package projects

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// trimmer turns the documents that were asked for into the recording.
type trimmer struct {
	docs map[string]*registry.Packument
	// wishes are the specs that name a prerelease, by package: nothing else
	// leads to one that no tag names.
	wishes map[string]map[string]*npmrange.Range
	// bundled is what is in the tarballs of versions that bundle, by
	// name@version and location in the package.
	bundled map[string]map[string]*npmPackage
}

// readDocuments reads what a recorder keeps: documents of both forms and
// tarballs.
func readDocuments(dir string) (map[string]*registry.Packument, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	docs := make(map[string]*registry.Packument)
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		if doc, err := registry.Parse(data); err == nil {
			docs[doc.Name] = doc
		}
	}
	return docs, nil
}

// note keeps what npm found in tarballs that bundle packages.
func (t *trimmer) note(packages map[string]*npmPackage) {
	for location, p := range packages {
		if !p.InBundle {
			continue
		}
		outer, inner := bundler(packages, location)
		id := packageName(packages, outer) + "@" + packages[outer].Version
		if t.bundled[id] == nil {
			t.bundled[id] = make(map[string]*npmPackage)
		}
		bare := *p
		bare.Name, bare.placed = packageName(packages, location), placed{}
		t.bundled[id][inner] = &bare
	}
}

// wishAll notes the specs of the projects and of every version.
func (t *trimmer) wishAll(all []*Project) error {
	for _, p := range all {
		t.wish(p.Root)
		for _, ws := range p.Workspaces {
			t.wish(ws.Manifest)
		}
	}
	for _, doc := range t.docs {
		for _, number := range doc.VersionList() {
			v, err := doc.Version(number)
			if err != nil {
				return err
			}
			t.wish(&v.Manifest)
		}
	}
	return nil
}

// wish notes the specs of a manifest that name a prerelease.
func (t *trimmer) wish(m *manifest.Manifest) {
	for _, group := range []map[string]string{m.Dependencies, m.DevDependencies, m.OptionalDependencies, m.PeerDependencies} {
		for name, text := range group {
			spec, err := manifest.ParseSpec(name, text)
			if err != nil || !spec.Registry() {
				continue
			}
			spec = spec.Target()
			if !strings.Contains(spec.Fetch, "-") {
				continue
			}
			if t.wishes[spec.Name] == nil {
				t.wishes[spec.Name] = make(map[string]*npmrange.Range)
			}
			if _, known := t.wishes[spec.Name][spec.Fetch]; known {
				continue
			}
			// What is no range is a tag.
			t.wishes[spec.Name][spec.Fetch], _ = npmrange.Parse(spec.Fetch, npmrange.Options{Loose: true})
		}
	}
}

// wanted reports whether a version may be picked: releases always, a
// prerelease if a tag or a spec names it.
func (t *trimmer) wanted(doc *registry.Packument, version string) bool {
	v, err := npmrange.ParseVersion(version, true)
	if err != nil {
		return false
	}
	if v.Prerelease() == "" || slices.Contains(slices.Collect(maps.Values(doc.DistTags)), version) {
		return true
	}
	for _, wish := range t.wishes[doc.Name] {
		if wish != nil && wish.Test(v) {
			return true
		}
	}
	return false
}

// line is the document's line in the recording.
func (t *trimmer) line(doc *registry.Packument) ([]byte, error) {
	doc = doc.Slice(func(version string) bool { return t.wanted(doc, version) })
	for _, number := range doc.VersionList() {
		v, err := doc.Version(number)
		if err != nil {
			doc.Delete(number) // nor could npm make anything of it
			continue
		}
		bare := *v
		bare.Dist, bare.Time = registry.Dist{}, time.Time{}
		if t.bundled[doc.Name+"@"+number] == nil {
			bare.BundleDependencies = manifest.Bundle{}
		}
		if err := doc.Set(&bare); err != nil {
			return nil, err
		}
	}
	data, err := doc.Encode()
	if err != nil {
		return nil, err
	}
	return t.addBundles(doc, data)
}

// addBundles adds _bundled to the versions whose tarballs hold packages.
func (t *trimmer) addBundles(doc *registry.Packument, data []byte) ([]byte, error) {
	var whole struct {
		DistTags json.RawMessage            `json:"dist-tags"`
		Name     string                     `json:"name"`
		Versions map[string]json.RawMessage `json:"versions"`
	}
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, err
	}
	changed := false
	for _, number := range doc.VersionList() {
		inside := t.bundled[doc.Name+"@"+number]
		if inside == nil {
			continue
		}
		var version map[string]json.RawMessage
		if err := json.Unmarshal(whole.Versions[number], &version); err != nil {
			return nil, err
		}
		var err error
		if version["_bundled"], err = json.Marshal(inside); err != nil {
			return nil, err
		}
		if whole.Versions[number], err = json.Marshal(version); err != nil {
			return nil, err
		}
		changed = true
	}
	if !changed {
		return data, nil
	}
	return json.Marshal(whole)
}

// write writes the recording.
func (t *trimmer) write(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	// A wide window finds what one document has in common with another.
	w, err := zstd.NewWriter(f, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(8<<20))
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(t.docs)) {
		line, err := t.line(t.docs[name])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return f.Close()
}

package registrytest

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
	"github.com/ipnpm/ipnpm/tarball"
	"github.com/rogpeppe/go-internal/txtar"
)

// MetaFile is the file that holds a package's [Meta] and is not packed.
const MetaFile = ".registry.json"

// Meta is what a registry knows of a version beyond its package.json.
type Meta struct {
	// Time of publishing; by default an hour after the version added before,
	// from 2020 on.
	Time time.Time `json:"time,omitzero"`
	// Deprecated is a message, or true or false as some registries have it.
	Deprecated any `json:"deprecated,omitempty"`
	// Tags are the dist-tags that point to this version. latest, unless given
	// here, is the highest version that is no prerelease.
	Tags []string `json:"tags,omitempty"`
	// Dist overrides fields of dist; null removes one: {"integrity": null}
	// makes a package of before 2017.
	Dist map[string]any `json:"dist,omitempty"`
	// TarballHost stands in the tarball's address for the host name of the
	// registry; the port stays.
	TarballHost string `json:"tarballHost,omitempty"`
	// Fields overrides fields of the version's metadata, likewise.
	Fields map[string]any `json:"fields,omitempty"`
}

// Package is what was added.
type Package struct {
	Name, Version string
	// File is the tarball's file name, Path its path in the registry.
	File, Path string
	// Data is the tarball, Integrity its sha512, Shasum its hex sha1.
	Data      []byte
	Integrity string
	Shasum    string
}

type pkg struct {
	name     string
	versions map[string]*version
	tags     map[string]string
}

type version struct {
	Package
	manifest map[string]any
	meta     Meta
}

// Add packs files, of which one is package.json, and publishes the result. A
// version that exists is replaced, as no registry should.
func (s *Server) Add(files map[string]string) Package {
	s.t.Helper()
	return s.add(Pack(s.t.Fatalf, files), metaOf(s.t.Fatalf, files[MetaFile]))
}

// AddTarball publishes a ready tarball.
func (s *Server) AddTarball(data []byte, meta Meta) Package {
	s.t.Helper()
	return s.add(data, meta)
}

// AddTxtar publishes the packages of a txtar archive, or of all *.txtar in a
// folder, in their order.
func (s *Server) AddTxtar(file string) []Package {
	s.t.Helper()
	names := []string{file}
	if found, err := filepath.Glob(filepath.Join(file, "*.txtar")); err == nil && len(found) > 0 {
		names = found
	}
	var out []Package
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			s.t.Fatalf("registrytest: %v", err)
		}
		sources := split(archive)
		if len(sources) == 0 {
			s.t.Fatalf("registrytest: no package.json in %s", name)
		}
		for _, files := range sources {
			out = append(out, s.Add(files))
		}
	}
	return out
}

// split makes a set of files of every folder that has a package.json and does
// not itself lie in such a folder.
func split(archive *txtar.Archive) []map[string]string {
	roots := make(map[string]map[string]string)
	var order []string
	for _, f := range archive.Files {
		if dir := path.Dir(f.Name); path.Base(f.Name) == "package.json" && owner(roots, dir) == "" {
			roots[dir] = make(map[string]string)
			order = append(order, dir)
		}
	}
	for _, f := range archive.Files {
		dir := owner(roots, path.Dir(f.Name))
		if dir == "" {
			continue
		}
		roots[dir][strings.TrimPrefix(f.Name, dir+"/")] = string(f.Data)
	}
	out := make([]map[string]string, 0, len(order))
	for _, dir := range order {
		out = append(out, roots[dir])
	}
	return out
}

// owner is the package folder that dir is or lies in, "" for none.
func owner(roots map[string]map[string]string, dir string) string {
	for ; ; dir = path.Dir(dir) {
		if _, ok := roots[dir]; ok {
			return dir
		}
		if dir == "." || dir == "/" {
			return ""
		}
	}
}

// Pack makes the tarball of a set of files; what begins with "#!" becomes
// executable. fatalf is told of failures and must not return.
func Pack(fatalf func(string, ...any), files map[string]string) []byte {
	data, err := pack(files)
	if err != nil {
		fatalf("registrytest: %v", err)
	}
	return data
}

func pack(files map[string]string) ([]byte, error) {
	var packed []tarball.File
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name == MetaFile {
			continue
		}
		mode := fs.FileMode(0o644)
		if strings.HasPrefix(files[name], "#!") {
			mode = 0o755
		}
		packed = append(packed, tarball.File{Path: name, Mode: mode, Data: []byte(files[name])})
	}
	return tarball.Pack(packed)
}

func metaOf(fatalf func(string, ...any), text string) (m Meta) {
	if text == "" {
		return m
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		fatalf("registrytest: %s: %v", MetaFile, err)
	}
	return m
}

func (s *Server) add(data []byte, meta Meta) Package {
	s.t.Helper()
	raw, err := tarball.Manifest(data)
	if err != nil {
		s.t.Fatalf("registrytest: %v", err)
	}
	v := &version{meta: meta}
	if err := json.Unmarshal(raw, &v.manifest); err != nil {
		s.t.Fatalf("registrytest: package.json: %v", err)
	}
	name, _ := v.manifest["name"].(string)
	number, _ := v.manifest["version"].(string)
	if name == "" || number == "" {
		s.t.Fatalf("registrytest: package.json has no name or no version")
	}
	file := path.Base(name) + "-" + number + ".tgz"
	v.Package = Package{
		Name: name, Version: number, File: file, Path: "/" + name + "/-/" + file,
		Data: data, Integrity: tarball.Sum512(data), Shasum: sum1(data),
	}
	s.locked(func() {
		if s.key != nil && v.meta.Dist["signatures"] == nil {
			v.meta.Dist = maps.Clone(v.meta.Dist)
			if v.meta.Dist == nil {
				v.meta.Dist = map[string]any{}
			}
			v.meta.Dist["signatures"] = s.key.Signatures(name, number, v.Integrity)
		}
		s.publish(v)
	})
	return v.Package
}

// sum1 is the digest that registries give beside the integrity.
func sum1(data []byte) string {
	sum := sha1.Sum(data)
	return hex.EncodeToString(sum[:])
}

func (s *Server) publish(v *version) {
	p := s.packages[v.Name]
	if p == nil {
		p = &pkg{name: v.Name, versions: make(map[string]*version), tags: make(map[string]string)}
		s.packages[v.Name] = p
	}
	if v.meta.Time.IsZero() {
		v.meta.Time = time.Date(2020, 1, 1, s.added, 0, 0, 0, time.UTC)
	}
	s.added++
	p.versions[v.Version] = v
	for _, tag := range v.meta.Tags {
		p.tags[tag] = v.Version
	}
}

// Tag points a dist-tag to a version; "" removes the tag.
func (s *Server) Tag(name, tag, version string) {
	s.t.Helper()
	s.edit(name, func(p *pkg) {
		if version == "" {
			delete(p.tags, tag)
		} else {
			p.tags[tag] = version
		}
	})
}

// Unpublish removes a version, and the package with its last one.
func (s *Server) Unpublish(name, version string) {
	s.t.Helper()
	s.edit(name, func(p *pkg) {
		delete(p.versions, version)
		maps.DeleteFunc(p.tags, func(_, v string) bool { return v == version })
		if len(p.versions) == 0 {
			delete(s.packages, name)
		}
	})
}

func (s *Server) edit(name string, fn func(*pkg)) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.packages[name]
	if p == nil {
		s.t.Errorf("registrytest: no package %q", name)
		return
	}
	fn(p)
}

// distTags are the tags with the default latest.
func (p *pkg) distTags() map[string]string {
	tags := maps.Clone(p.tags)
	if tags["latest"] == "" {
		tags["latest"] = p.latest()
	}
	return tags
}

func (p *pkg) latest() string {
	numbers := slices.SortedFunc(maps.Keys(p.versions), func(a, b string) int {
		va, erra := semver.NewVersion(a)
		vb, errb := semver.NewVersion(b)
		switch {
		case erra != nil || errb != nil:
			return strings.Compare(a, b)
		case (va.Prerelease() == "") != (vb.Prerelease() == ""):
			return strings.Compare(vb.Prerelease(), va.Prerelease()) // the release counts higher
		}
		return va.Compare(vb)
	})
	return numbers[len(numbers)-1]
}

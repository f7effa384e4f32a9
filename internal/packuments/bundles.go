package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/pick"
)

// readBundles finds out what is in the versions that bundle. One whose tarball
// is not there is left without its bundle.
func (c *cut) readBundles(dir string) error {
	for name, versions := range c.versions {
		for number := range versions {
			version := c.source[name].Versions[number]
			if empty(version["bundleDependencies"]) && empty(version["bundledDependencies"]) {
				continue
			}
			inside, err := c.bundle(dir, name, number)
			if err != nil {
				return fmt.Errorf("%s@%s: %w", name, number, err)
			}
			if inside == nil {
				continue
			}
			if c.bundles[name+"@"+number], err = json.Marshal(inside); err != nil {
				return err
			}
		}
	}
	return nil
}

// bundle is what a version carries, location → manifest; nil when nobody
// knows.
func (c *cut) bundle(dir, name, number string) (map[string]map[string]json.RawMessage, error) {
	if c.source[name].fromFolders {
		return c.bundleOf(name, number)
	}
	file := filepath.Join(dir, strings.TrimPrefix(name, "@"), "-", path.Base(name)+"-"+number+".tgz")
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return bundled(data)
}

// bundleOf makes the bundle that publishing would: the dependencies as they
// were picked, beside each other.
func (c *cut) bundleOf(name, number string) (map[string]map[string]json.RawMessage, error) {
	v, err := c.docs[name].Version(number)
	if err != nil {
		return nil, err
	}
	found := make(map[string]map[string]json.RawMessage)
	for _, inner := range v.Bundled() {
		spec, err := manifest.ParseSpec(inner, v.Dependencies[inner])
		if err != nil {
			return nil, err
		}
		picked, err := pick.Version(c.docs[inner], spec, pick.Options{})
		if err != nil {
			return nil, err
		}
		if found["node_modules/"+inner], err = trim(c.source[inner].Versions[picked.Version]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// bundled finds the packages below node_modules of a tarball: location →
// manifest.
func bundled(data []byte) (map[string]map[string]json.RawMessage, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	found := make(map[string]map[string]json.RawMessage)
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		_, name, _ := strings.Cut(header.Name, "/")
		location := path.Dir(name)
		if path.Base(name) != "package.json" || !isPackageFolder(location) {
			continue
		}
		var version map[string]json.RawMessage
		if err := json.NewDecoder(archive).Decode(&version); err != nil {
			return nil, err
		}
		if found[location], err = trim(version); err != nil {
			return nil, err
		}
	}
}

// isPackageFolder reports whether a folder is node_modules/a or @s/a, not one
// within a package.
func isPackageFolder(folder string) bool {
	parent := path.Dir(folder)
	if strings.HasPrefix(path.Base(parent), "@") {
		parent = path.Dir(parent)
	}
	return path.Base(parent) == "node_modules"
}

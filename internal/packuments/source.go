package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

// document is a package document whose versions keep the text of their
// fields, and so the order of their dependencies.
type document struct {
	Name     string                                `json:"name"`
	DistTags map[string]string                     `json:"dist-tags"`
	Time     map[string]string                     `json:"time,omitempty"`
	Versions map[string]map[string]json.RawMessage `json:"versions"`

	// fromFolders says that the packages lie unpacked in the source, without
	// what they bundle.
	fromFolders bool
}

// source is all that is there, by name.
type source map[string]*document

// readMocks reads documents from files. The full one of a package knows more
// than the abbreviated one (.min.json), which stands in where the former was
// too large to be kept.
func (s source) readMocks(dir string) error {
	root := os.DirFS(dir)
	return fs.WalkDir(root, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(file) != ".json" {
			return err
		}
		data, err := fs.ReadFile(root, file)
		if err != nil {
			return err
		}
		doc := new(document)
		if err := json.Unmarshal(data, doc); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if doc.Name != "" && (s[doc.Name] == nil || !strings.HasSuffix(file, ".min.json")) {
			s[doc.Name] = doc
		}
		return nil
	})
}

// readPackages reads the package.json files below a folder, and publishes
// them in the order of their paths, as pnpm does with its own. Packages that
// there is a document of are passed over.
func (s source) readPackages(dir string) error {
	known, root := maps.Clone(s), os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.Name() == "node_modules":
			return fs.SkipDir
		case entry.Name() != "package.json":
			return nil
		}
		data, err := fs.ReadFile(root, file)
		if err != nil {
			return err
		}
		if err := s.publish(data, known); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		return nil
	})
	for name, times := range publishTimes() {
		if doc := s[name]; doc != nil {
			doc.Time = times
		}
	}
	return err
}

func (s source) publish(data []byte, known source) error {
	var version map[string]json.RawMessage
	var id struct{ Name, Version string }
	if err := errors.Join(json.Unmarshal(data, &version), json.Unmarshal(data, &id)); err != nil {
		return err
	}
	if known[id.Name] != nil || id.Name == "" || id.Version == "" {
		return nil
	}
	doc := s[id.Name]
	if doc == nil {
		doc = &document{Name: id.Name, DistTags: map[string]string{}, Versions: map[string]map[string]json.RawMessage{}, fromFolders: true}
		s[id.Name] = doc
	}
	if id.Name == "@pnpm.e2e/deprecated" {
		version["deprecated"] = json.RawMessage(`"This package is deprecated."`)
	}
	// Their registry serves one spelling only.
	if names, ok := version["bundledDependencies"]; ok {
		version["bundleDependencies"] = names
		delete(version, "bundledDependencies")
	}
	doc.Versions[id.Version] = version
	doc.DistTags["latest"] = id.Version
	return nil
}

// publishTimes are the times that pnpm's registry is told for its tests of
// release ages; nothing else has any.
func publishTimes() map[string]map[string]string {
	return map[string]map[string]string{
		"@pnpm.e2e/bravo":     {"1.0.0": "2022-04-01T20:17:46.770Z"},
		"@pnpm.e2e/romeo":     {"1.0.0": "2022-01-01T20:17:46.770Z"},
		"@pnpm.e2e/bravo-dep": {"1.0.0": "2022-02-01T20:17:46.770Z", "1.0.1": "2022-02-22T20:17:46.770Z", "1.1.0": "2022-05-01T20:17:46.770Z"},
		"@pnpm.e2e/romeo-dep": {"1.0.0": "2022-03-01T20:17:46.770Z", "1.1.0": "2022-07-01T20:17:46.770Z"},
	}
}

// kept are the fields of a version that resolving and installing read.
func kept() []string {
	return []string{"name", "version", "dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta",
		"acceptDependencies", "bundleDependencies", "bundledDependencies", "bin", "directories", "engines", "os", "cpu", "libc",
		"deprecated", "hasInstallScript", "_hasShrinkwrap"}
}

// trim leaves of a version what matters.
func trim(version map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	out := make(map[string]json.RawMessage)
	for _, field := range kept() {
		if raw, ok := version[field]; ok && !empty(raw) {
			out[field] = raw
		}
	}
	var dirs struct{ Bin string }
	if raw, ok := out["directories"]; ok && (json.Unmarshal(raw, &dirs) != nil || dirs.Bin == "") {
		delete(out, "directories")
	}
	scripts := make(map[string]string)
	if raw, ok := version["scripts"]; ok {
		if err := json.Unmarshal(raw, &scripts); err != nil {
			return nil, err
		}
	}
	for name := range scripts {
		if !slices.Contains([]string{"preinstall", "install", "postinstall"}, name) {
			delete(scripts, name)
		}
	}
	if len(scripts) > 0 {
		raw, err := json.Marshal(scripts)
		if err != nil {
			return nil, err
		}
		out["scripts"], out["hasInstallScript"] = raw, json.RawMessage("true")
	}
	return out, nil
}

func empty(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "{}", "[]", "null", `""`, "false":
		return true
	}
	return false
}

// Package manifest knows package.json: what an installer reads from it, what
// its dependency specs mean, and how to change it without disturbing what its
// author wrote.
//
// There are two readers of the same document. [Parse] serves the package.json
// of a dependency: published, unchangeable, and in twenty years of npm wrong
// in every way that npm once let through, so a field of a wrong type reads as
// absent, as npm has it. [ParseProject] and [Load] serve the project at hand:
// its author sits before the screen, so a mistake is an error with line and
// column.
//
// Everything here is hostile input. Names become paths, so [ValidateName] is
// stricter than npm where npm's rule would let a path escape; bin targets are
// cleaned by [Manifest.Bins]; and sizes are limited ([MaxSize]).
//
// Specs ("^1.0.0", "github:u/r", "npm:y@2", "file:../x") follow npm's
// npm-package-arg; see [ParseSpec] and [ParseArg].
package manifest

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
)

// MaxSize is the largest package.json, in bytes, that is read. The largest of
// real ones are some hundred kilobytes.
const MaxSize = 16 << 20

// Manifest is the part of package.json that an installer reads, in npm's
// words. registry.Version embeds it, so it has no UnmarshalJSON of its own;
// its field types are tolerant of the wrong types that published packages
// hold, and read them as absent.
type Manifest struct {
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`

	// Dependencies and its siblings map a name to a spec for [ParseSpec].
	// As npm publishes them, optional dependencies are often in Dependencies
	// too; OptionalDependencies wins.
	Dependencies         StringMap `json:"dependencies,omitempty"`
	DevDependencies      StringMap `json:"devDependencies,omitempty"`
	OptionalDependencies StringMap `json:"optionalDependencies,omitempty"`
	PeerDependencies     StringMap `json:"peerDependencies,omitempty"`
	PeerDependenciesMeta PeerMetas `json:"peerDependenciesMeta,omitempty"`
	// BundleDependencies and BundledDependencies are two spellings of one
	// field; read them with [Manifest.Bundled].
	BundleDependencies  Bundle `json:"bundleDependencies,omitzero"`
	BundledDependencies Bundle `json:"bundledDependencies,omitzero"`

	// Bin is as written; use [Manifest.Bins].
	Bin         Bin         `json:"bin,omitempty"`
	Directories Directories `json:"directories,omitzero"`
	Scripts     StringMap   `json:"scripts,omitempty"`
	// Engines maps "node", "npm"… to a range. The array form of 2010 says
	// nothing to npm, and reads as empty.
	Engines StringMap  `json:"engines,omitempty"`
	OS      StringList `json:"os,omitempty"`
	CPU     StringList `json:"cpu,omitempty"`
	Libc    StringList `json:"libc,omitempty"`
	// HasInstallScript is registry metadata; package.json files do not hold
	// it. See [Manifest.InstallScripts].
	HasInstallScript bool `json:"hasInstallScript,omitempty"`
	// Gypfile false says that a binding.gyp is not to be built by default.
	Gypfile *Flag `json:"gypfile,omitempty"`

	Workspaces     Workspaces      `json:"workspaces,omitempty"`
	Overrides      json.RawMessage `json:"overrides,omitempty"`
	PackageManager Text            `json:"packageManager,omitempty"`
	DevEngines     json.RawMessage `json:"devEngines,omitempty"`
	Private        Flag            `json:"private,omitempty"`
	Type           Text            `json:"type,omitempty"`
	Main           Text            `json:"main,omitempty"`
	License        License         `json:"license,omitempty"`
}

// Parse reads the package.json of a dependency, tolerantly: what has the
// wrong type is absent, and only a text that is not a JSON object at all is an
// error (*SyntaxError with an empty Path). A byte order mark is skipped.
func Parse(data []byte) (*Manifest, error) {
	if len(data) > MaxSize {
		return nil, tooLarge("")
	}
	data = trimBOM(data)
	m := new(Manifest)
	err := json.Unmarshal(data, m)
	// The decoder goes on after a value of a wrong type; what it could read
	// has been read.
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		err = nil
	}
	if err == nil && firstByte(data) != '{' {
		err = errNotObject
	}
	if err != nil {
		return nil, syntaxError("", data, err)
	}
	if exact := exactKeys(data); &exact[0] != &data[0] {
		return Parse(exact)
	}
	return m, nil
}

// Bundled returns the names of the bundled dependencies, under either
// spelling; true stands for all dependencies, as in npm. The order is the
// author's, or sorted for true.
func (m *Manifest) Bundled() []string {
	b := m.BundleDependencies
	if b.IsZero() {
		b = m.BundledDependencies
	}
	if !b.All {
		return b.Names
	}
	return slices.Sorted(maps.Keys(m.Dependencies))
}

// InstallScripts returns the names of the lifecycle scripts that installing
// this package as a dependency would run, in running order. The implicit
// node-gyp build of a binding.gyp is not among them, as only the files tell.
func (m *Manifest) InstallScripts() []string {
	var names []string
	for _, name := range []string{"preinstall", "install", "postinstall"} {
		if m.Scripts[name] != "" {
			names = append(names, name)
		}
	}
	return names
}

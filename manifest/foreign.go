package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Foreign is what a project tells pnpm, Yarn or bun in their own files and
// fields, as far as it decides what is installed: which folders are workspaces
// and which specs stand behind "catalog:". npm knows none of it; who comes
// from there has it all the same.
type Foreign struct {
	// Workspaces are the patterns of pnpm-workspace.yaml, for a package.json
	// that has none.
	Workspaces []string
	Catalogs   Catalogs
	// Extensions are npm's packageExtensions, and then those of the others.
	Extensions *Extensions
	// Patches are pnpm's patchedDependencies, which are npm 12's but for where
	// they stand.
	Patches map[string]string
	// Unheeded are fields that npm does not look at either, and that may be
	// expected to change versions: "resolutions", "pnpm.overrides".
	Unheeded []string
}

const (
	pnpmWorkspace = "pnpm-workspace.yaml"
	yarnSettings  = ".yarnrc.yml"
)

// ForeignFiles are the files beside package.json that [ReadForeign] reads.
func ForeignFiles() []string { return []string{pnpmWorkspace, yarnSettings} }

// maxForeign bounds a file of another package manager, in bytes; real ones
// are some kilobytes.
const maxForeign = 1 << 20

// ForeignError says what is wrong in a file of another package manager.
type ForeignError struct {
	File string
	Err  error
}

func (e *ForeignError) Error() string { return fmt.Sprintf("%s: %v", e.File, e.Err) }
func (e *ForeignError) Unwrap() error { return e.Err }

// foreignFields are the fields of package.json that are not npm's: bun's
// catalogs (also in workspaces), Yarn's resolutions, and what pnpm has in one
// of its own.
type foreignFields struct {
	catalogFields
	Workspaces  json.RawMessage            `json:"workspaces"`
	Resolutions map[string]json.RawMessage `json:"resolutions"`
	Extensions  json.RawMessage            `json:"packageExtensions"`
	PNPM        struct {
		Overrides  map[string]json.RawMessage `json:"overrides"`
		Extensions json.RawMessage            `json:"packageExtensions"`
		Patches    StringMap                  `json:"patchedDependencies"`
	} `json:"pnpm"`
}

// foreignFile is pnpm-workspace.yaml or .yarnrc.yml, of which only the first
// has packages and overrides.
type foreignFile struct {
	catalogFields `yaml:",inline"`
	Packages      []string          `yaml:"packages"`
	Overrides     map[string]string `yaml:"overrides"`
	Extensions    map[string]any    `yaml:"packageExtensions"`
	Patches       map[string]string `yaml:"patchedDependencies"`
}

// ReadForeign reads what other package managers are told in package.json,
// whose text is given, and in their files beside it. The error is a
// *ForeignError; what is of a wrong type in package.json reads as absent.
func ReadForeign(dir string, packageJSON []byte) (*Foreign, error) {
	f := &Foreign{Extensions: &Extensions{}}
	if err := f.addFields(packageJSON); err != nil {
		return nil, &ForeignError{"package.json", err}
	}
	for _, name := range ForeignFiles() {
		data, err := readForeignFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = f.addFile(name, data)
		}
		if err != nil {
			return nil, &ForeignError{name, err}
		}
	}
	return f, nil
}

// joined are two maps in one, where the second counts.
func joined(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	if out == nil {
		return b
	}
	maps.Copy(out, b)
	return out
}

// Patterns are the workspace patterns of a project: those of its package.json,
// or where that has none those of pnpm-workspace.yaml.
func (f *Foreign) Patterns(m *Manifest) []string {
	if len(m.Workspaces) > 0 {
		return m.Workspaces
	}
	return f.Workspaces
}

func readForeignFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxForeign+1))
	if len(data) > maxForeign {
		return nil, fmt.Errorf("larger than %d bytes", maxForeign)
	}
	return data, err
}

func (f *Foreign) addFields(packageJSON []byte) error {
	var fields foreignFields
	loosely(packageJSON, &fields)
	if err := f.Catalogs.add("package.json", fields.catalogFields); err != nil {
		return err
	}
	if firstByte(fields.Workspaces) == '{' {
		var inner catalogFields
		loosely(fields.Workspaces, &inner)
		if err := f.Catalogs.add("package.json", inner); err != nil {
			return err
		}
	}
	if err := f.Extensions.add(fields.Extensions, false); err != nil {
		return err
	}
	if err := f.Extensions.add(fields.PNPM.Extensions, true); err != nil {
		return err
	}
	f.Patches = fields.PNPM.Patches
	if len(fields.Resolutions) > 0 {
		f.Unheeded = append(f.Unheeded, `"resolutions" of package.json`)
	}
	if len(fields.PNPM.Overrides) > 0 {
		f.Unheeded = append(f.Unheeded, `"pnpm.overrides" of package.json`)
	}
	return nil
}

// loosely decodes valid JSON, without what is of another type than asked for.
func loosely(data []byte, into any) { _ = json.Unmarshal(trimBOM(data), into) }

// addFile adds a file of YAML, in which a mistake is an error: its author sits
// before the screen.
func (f *Foreign) addFile(name string, data []byte) error {
	var file foreignFile
	if err := yaml.Unmarshal(data, &file); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if name == pnpmWorkspace {
		f.Workspaces = slices.Clone(file.Packages)
		f.Patches = joined(f.Patches, file.Patches)
		if len(file.Overrides) > 0 {
			f.Unheeded = append(f.Unheeded, `"overrides" of `+name)
		}
	}
	if len(file.Extensions) > 0 {
		raw, err := json.Marshal(file.Extensions)
		if err != nil {
			return fmt.Errorf("packageExtensions: %w", err)
		}
		if err := f.Extensions.add(raw, true); err != nil {
			return err
		}
	}
	return f.Catalogs.add(name, file.catalogFields)
}

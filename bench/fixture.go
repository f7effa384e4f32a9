package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// fixture is the project that is installed.
type fixture struct {
	name     string
	manifest []byte
	// updated is the package.json after one dependency got another range; nil
	// when nobody said which.
	updated []byte
	// npmrc is what lies beside the package.json, if anything.
	npmrc []byte
	// workspaces are the further files of a project of many, by their paths.
	workspaces map[string][]byte
}

// namedFixtures are those of bench/testdata, with the one dependency that the
// update changes. ejs 3 brings packages that no other depends on; vite is one
// patch further.
func namedFixtures() map[string]string {
	return map[string]string{"alotta-files": "ejs@^3.1.10", "modern-app": "vite@8.3.8"}
}

// readFixture takes a name of bench/testdata or any folder with a
// package.json, beside which an .npmrc may lie, or the monorepo; change is
// NAME@RANGE.
func readFixture(project, change string) (*fixture, error) {
	if project == monorepoName {
		return monorepo()
	}
	dir := project
	if known, ok := namedFixtures()[project]; ok {
		dir = filepath.Join("bench", "testdata", project)
		if change == "" {
			change = known
		}
	}
	manifest, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return nil, err
	}
	f := &fixture{name: filepath.Base(dir), manifest: manifest}
	if f.npmrc, err = os.ReadFile(filepath.Join(dir, ".npmrc")); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	if change == "" {
		return f, nil
	}
	f.updated, err = changeRange(manifest, change)
	return f, err
}

// write makes the project in a folder.
func (f *fixture) write(dir string) error {
	if f.npmrc != nil {
		if err := os.WriteFile(filepath.Join(dir, ".npmrc"), f.npmrc, 0o644); err != nil {
			return err
		}
	}
	for name, text := range f.workspaces {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "package.json"), f.manifest, 0o644)
}

// changeRange puts another range at one direct dependency and leaves the rest
// of the file as it is.
func changeRange(manifest []byte, change string) ([]byte, error) {
	at := strings.LastIndex(change, "@")
	if at <= 0 {
		return nil, fmt.Errorf("update %q is not NAME@RANGE", change)
	}
	name, to := change[:at], change[at+1:]
	var m struct{ Dependencies, DevDependencies map[string]string }
	if err := json.Unmarshal(manifest, &m); err != nil {
		return nil, err
	}
	from, ok := m.Dependencies[name]
	if !ok {
		from, ok = m.DevDependencies[name]
	}
	entry := func(spec string) []byte { return fmt.Appendf(nil, "%q: %q", name, spec) }
	if !ok || bytes.Count(manifest, entry(from)) != 1 {
		return nil, fmt.Errorf("update %s: package.json does not depend on %s, once", change, name)
	}
	return bytes.Replace(manifest, entry(from), entry(to), 1), nil
}

package parity

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// Fixture is one project with what happens to it.
type Fixture struct {
	// Name is group/name.
	Name string
	// About is the sentence that the file begins with.
	About string
	// Registry names a shared recording, "" for none.
	Registry string
	// Differs says why we do not do as npm does, "" where we do.
	Differs string

	in    string
	steps []step
	files map[string]string
}

// step is one line of what happens: run, write, delete, publish, …
type step struct {
	verb  string
	words []string
}

func (s step) String() string { return s.verb + ": " + strings.Join(s.words, " ") }

// verbs are the steps and how many words each needs.
func verbs() map[string]int {
	return map[string]int{"run": 1, "write": 3, "delete": 1, "publish": 1, "unpublish": 2, "tag": 3, "fault": 2}
}

// Fixtures reads all of a folder, in the order of their names.
func Fixtures(dir string) ([]*Fixture, error) {
	var out []*Fixture
	err := filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(file) != ".txtar" {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, strings.TrimSuffix(file, ".txtar"))
		if err != nil {
			return err
		}
		f, err := Parse(filepath.ToSlash(name), data)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		out = append(out, f)
		return nil
	})
	return out, err
}

// Parse reads a fixture; the package comment says what it looks like.
func Parse(name string, data []byte) (*Fixture, error) {
	archive := txtar.Parse(data)
	f := &Fixture{Name: name, in: ".", files: make(map[string]string)}
	for line := range strings.Lines(string(archive.Comment)) {
		if err := f.comment(strings.TrimSpace(line)); err != nil {
			return nil, err
		}
	}
	for _, file := range archive.Files {
		if !filepath.IsLocal(file.Name) {
			return nil, fmt.Errorf("%s leaves the project", file.Name)
		}
		f.files[file.Name] = string(file.Data)
	}
	runs := slices.ContainsFunc(f.steps, func(s step) bool { return s.verb == "run" })
	switch {
	case f.About == "":
		return nil, errors.New("does not begin with what it is about")
	case !runs:
		return nil, errors.New("runs nothing")
	}
	return f, nil
}

func (f *Fixture) comment(line string) error {
	key, value, isKey := strings.Cut(line, ": ")
	words := strings.Fields(value)
	need, isStep := verbs()[key]
	switch {
	case isKey && isStep && len(words) >= need:
		f.steps = append(f.steps, step{key, words})
	case isKey && isStep:
		return fmt.Errorf("%s: needs %d words", key, need)
	case isKey && key == "registry":
		f.Registry = value
	case isKey && key == "in":
		f.in = value
	case isKey && key == "differs":
		f.Differs = value
	case len(f.steps) == 0:
		f.About = strings.TrimSpace(f.About + " " + line)
	case line != "":
		return fmt.Errorf("what does %q mean?", line)
	}
	return nil
}

// write makes the project in a folder. Everything is made before the first
// command, also what only later replaces a file.
func (f *Fixture) write(dir, registry string) error {
	for name, text := range f.files {
		if name == "registry" {
			continue
		}
		text = strings.ReplaceAll(text, "$REGISTRY", registry)
		if filepath.Ext(name) == ".tgz" {
			files, err := registrytest.LineFiles(strings.TrimSpace(text))
			if err != nil {
				return err
			}
			text = string(registrytest.Pack(func(format string, args ...any) {
				err = fmt.Errorf(format, args...)
			}, files))
			if err != nil {
				return err
			}
		}
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			return err
		}
	}
	return os.MkdirAll(filepath.Join(dir, f.in), 0o755)
}

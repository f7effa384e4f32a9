package manifest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// Engine is something that a project is developed with, and its version, which
// may be empty.
type Engine struct{ Name, Version string }

// DevEngineError says that what a project is developed with is not what its
// devEngines ask for, or that they cannot be understood.
type DevEngineError struct {
	// Engine is the field: packageManager, runtime, cpu, libc or os.
	Engine string
	// Problems are one for each alternative that it names.
	Problems []string
	// Warn says that the project only wants to be told.
	Warn bool
}

func (e *DevEngineError) Error() string {
	return fmt.Sprintf("devEngines.%s of package.json: %s", e.Engine, strings.Join(e.Problems, "; "))
}

// Code is npm's.
func (e *DevEngineError) Code() string { return "EBADDEVENGINES" }

// Hint says what to do.
func (e *DevEngineError) Hint() string {
	return "use what the project is developed with; --force goes on without"
}

// devEngine is one alternative.
type devEngine struct {
	Name    string
	Version *string
	OnFail  string
}

// CheckDevEngines compares the devEngines of a package.json with what there is,
// by field; several engines may answer to one field. It returns an error for
// each field that none meets, in the fields' order, unless that is to be
// ignored. Nothing is downloaded, so that "download" means error, as with npm.
func (m *Manifest) CheckDevEngines(have map[string][]Engine) []*DevEngineError {
	if firstByte(m.DevEngines) != '{' {
		return []*DevEngineError{{Problems: []string{"it is no object"}}}
	}
	var out []*DevEngineError
	for _, field := range tree(m.DevEngines).members {
		engines, known := have[field.key]
		if !known {
			out = append(out, &DevEngineError{Engine: field.key, Problems: []string{"there is no such engine to ask for"}})
			continue
		}
		text := m.DevEngines[field.value.start:field.value.end]
		if e := checkDevEngine(field.key, text, engines); e != nil {
			out = append(out, e)
		}
	}
	return out
}

func checkDevEngine(field string, text json.RawMessage, have []Engine) *DevEngineError {
	failed := &DevEngineError{Engine: field}
	alternatives, err := readDevEngines(text)
	if err != nil {
		failed.Problems = []string{err.Error()}
		return failed
	}
	for _, want := range alternatives {
		problem := want.problem(have)
		if problem == "" {
			return nil
		}
		failed.Problems = append(failed.Problems, problem)
		failed.Warn = want.OnFail == "warn"
	}
	if len(alternatives) == 0 || alternatives[len(alternatives)-1].OnFail == "ignore" {
		return nil
	}
	return failed
}

// readDevEngines reads one alternative or a list, strictly.
func readDevEngines(text json.RawMessage) ([]devEngine, error) {
	list := []json.RawMessage{text}
	if firstByte(text) == '[' {
		if err := json.Unmarshal(text, &list); err != nil {
			return nil, err
		}
	}
	var out []devEngine
	for _, item := range list {
		if firstByte(item) != '{' {
			return nil, fmt.Errorf("%s is no object", item)
		}
		for _, m := range tree(item).members {
			if !slices.Contains([]string{"name", "version", "onFail"}, m.key) || m.value.kind != '"' {
				return nil, fmt.Errorf("%q is no name, version or onFail with a text", m.key)
			}
		}
		var e devEngine
		if err := json.Unmarshal(item, &e); err != nil {
			return nil, err
		}
		if e.Name == "" || !slices.Contains([]string{"", "ignore", "warn", "error", "download"}, e.OnFail) {
			return nil, fmt.Errorf("%s has no name, or an onFail that there is not", item)
		}
		out = append(out, e)
	}
	return out, nil
}

// problem is why none of what there is meets an alternative, "" when one does.
func (want devEngine) problem(have []Engine) string {
	var names []string
	for _, e := range have {
		names = append(names, e.Name)
		switch {
		case e.Name != want.Name:
		case want.Version == nil || meetsEngine(e.Version, *want.Version):
			return ""
		case e.Version == "":
			return fmt.Sprintf("%s %s is wanted, and this is of no known version", want.Name, *want.Version)
		default:
			return fmt.Sprintf("%s %s is wanted, and this is %s", want.Name, *want.Version, e.Version)
		}
	}
	return fmt.Sprintf("%s is wanted, and this is %s", want.Name, strings.Join(names, " or "))
}

func meetsEngine(version, wanted string) bool {
	r, err := npmrange.Parse(wanted, npmrange.Options{})
	return version == wanted || err == nil && r.TestString(version)
}

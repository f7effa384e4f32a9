package foreign

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// The names of the files that Parse reads.
const (
	PNPM = "pnpm-lock.yaml"
	Yarn = "yarn.lock"
	Bun  = "bun.lock"
	// BunBinary is known only to say what to do with it.
	BunBinary = "bun.lockb"
)

// maxFile bounds a lockfile, in bytes; the largest of real ones have ten
// million.
const maxFile = 64 << 20

// Project is the project that the lockfile lies in.
type Project struct {
	Root       *manifest.Manifest
	Workspaces []manifest.Workspace
}

// Parse reads a lockfile, by its name one of the above. The error is an
// *[Error], or the *[lockfile.FieldError] of an impossible name or version.
func Parse(name string, data []byte, p Project) (*lockfile.Graph, error) {
	if len(data) > maxFile {
		return nil, &Error{File: name, Msg: fmt.Sprintf("is larger than %d bytes", maxFile)}
	}
	if line := conflictLine(data); line > 0 && name != BunBinary {
		return nil, &Error{File: name, Line: line, Msg: "has git's conflict markers",
			Advice: "let the package manager that wrote it merge it: " + merger(name)}
	}
	g := &lockfile.Graph{Source: name,
		Folders:  make(map[string]map[string][]lockfile.Pin),
		Packages: make(map[string]map[string][]lockfile.Pin),
	}
	var err error
	switch name {
	case PNPM:
		err = readPNPM(g, data)
	case Yarn:
		err = readYarn(g, data, p)
	case Bun:
		err = readBun(g, data)
	case BunBinary:
		err = &Error{File: name, Msg: "is bun's old binary format, which only bun can read",
			Advice: "let bun write its text format: bun install --save-text-lockfile --frozen-lockfile --lockfile-only"}
	default:
		err = &Error{File: name, Msg: "is not the name of a lockfile that can be imported"}
	}
	if err != nil {
		return nil, err
	}
	if err := g.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return g, nil
}

func readYarn(g *lockfile.Graph, data []byte, p Project) error {
	if isClassic(data) {
		return readClassic(g, data, p)
	}
	return readBerry(g, data, p)
}

// conflictLine is the line of the first conflict marker of git, counted from
// 1; 0 for none.
func conflictLine(data []byte) int {
	at := 0
	if !bytes.HasPrefix(data, []byte("<<<<<<< ")) {
		if at = bytes.Index(data, []byte("\n<<<<<<< ")); at < 0 {
			return 0
		}
		at++
	}
	return 1 + bytes.Count(data[:at], []byte("\n"))
}

func merger(name string) string {
	switch name {
	case PNPM:
		return "pnpm install --lockfile-only"
	case Yarn:
		return "yarn install"
	}
	return "take one side with git checkout --ours, and run bun install --lockfile-only"
}

// dependencies are all that a folder of the project asks for, by name.
func dependencies(m *manifest.Manifest) map[string]string {
	all := make(map[string]string)
	for _, group := range [...]map[string]string{
		m.PeerDependencies, m.Dependencies, m.OptionalDependencies, m.DevDependencies,
	} {
		for name, spec := range group {
			all[name] = spec
		}
	}
	return all
}

// folders calls visit for the root and every workspace.
func (p Project) folders(visit func(location string, m *manifest.Manifest)) {
	if p.Root != nil {
		visit("", p.Root)
	}
	for _, w := range p.Workspaces {
		visit(w.Location, w.Manifest)
	}
}

// splitAt separates "name@rest" at the @ that no scope begins with.
func splitAt(s string) (name, rest string, ok bool) {
	if s == "" {
		return "", "", false
	}
	i := strings.IndexByte(s[1:], '@')
	if i < 0 {
		return s, "", false
	}
	return s[:i+1], s[i+2:], true
}

// isVersion reports whether s is an exact version, so that a registry has it.
func isVersion(s string) bool {
	spec, err := manifest.ParseSpec("x", s)
	return err == nil && spec.Kind == manifest.KindVersion
}

// fromAddress is the pin of what a URL or a repository holds; ok is false when
// nothing is known of the form.
func fromAddress(name, version, address, integrity string) (p lockfile.Pin, ok bool) {
	spec, err := manifest.ParseSpec(name, address)
	if err != nil || spec.Kind != manifest.KindGit && spec.Kind != manifest.KindRemote {
		return lockfile.Pin{}, false
	}
	return lockfile.Pin{Name: name, Version: version, Resolved: spec.Fetch, Integrity: integrity}, true
}

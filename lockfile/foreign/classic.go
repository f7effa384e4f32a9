package foreign

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// classicMark is in the comment that Yarn 1 begins its lockfile with.
const classicMark = "# yarn lockfile v1"

// isClassic tells Yarn 1's lockfile from its successors'.
func isClassic(data []byte) bool {
	return bytes.Contains(data[:min(len(data), 1<<10)], []byte(classicMark))
}

// classicFile is a yarn.lock of Yarn 1: what each pattern (name@spec) got,
// whoever asks.
type classicFile map[string]*symlEntry

func readClassic(g *lockfile.Graph, data []byte, p Project) error {
	entries, err := parseSYML(Yarn, data)
	if err != nil {
		return err
	}
	f := make(classicFile, len(entries))
	for _, e := range entries {
		if e.values["version"] == "" {
			return &Error{File: Yarn, Line: e.line, Msg: e.keys[0] + " has no version"}
		}
		for _, pattern := range e.keys {
			if f[pattern] != nil {
				return &Error{File: Yarn, Line: e.line, Msg: pattern + " is there twice"}
			}
			f[pattern] = e
		}
	}
	p.folders(func(location string, m *manifest.Manifest) {
		for name, spec := range dependencies(m) {
			f.pin(g, g.Folders, location, name, spec)
		}
	})
	for _, e := range entries {
		id := e.id()
		for _, group := range [...]string{"dependencies", "optionalDependencies"} {
			for name, spec := range e.groups[group] {
				f.pin(g, g.Packages, id, name, spec)
			}
		}
	}
	return nil
}

// pin notes what a dependency got; nothing when Yarn has not locked it, as
// the workspaces of the project.
func (f classicFile) pin(g *lockfile.Graph, of map[string]map[string][]lockfile.Pin, dependent, name, spec string) {
	e := f[name+"@"+spec]
	if e == nil {
		return
	}
	p, ok := e.pin(name, spec)
	if ok {
		g.Pin(of, dependent, name, p)
	}
}

func (e *symlEntry) pin(name, spec string) (lockfile.Pin, bool) {
	parsed, err := manifest.ParseSpec(name, spec)
	if err != nil {
		return lockfile.Pin{}, false
	}
	resolved, shasum, _ := strings.Cut(e.values["resolved"], "#")
	switch parsed.Kind {
	case manifest.KindGit:
		return fromAddress(name, e.values["version"], e.values["resolved"], "")
	case manifest.KindRemote:
		return fromAddress(name, e.values["version"], resolved, e.values["integrity"])
	case manifest.KindFile, manifest.KindDirectory, manifest.KindWorkspace, manifest.KindCatalog:
		return lockfile.Pin{}, false
	}
	return lockfile.Pin{Name: parsed.Target().Name, Version: e.values["version"], Integrity: digest(e.values["integrity"], shasum)}, true
}

// digest is an entry's integrity, or in files of before Yarn 1.10 the SHA-1
// that stands behind the address.
func digest(integrity, shasum string) string {
	if sum, err := hex.DecodeString(shasum); integrity == "" && err == nil && len(sum) == 20 {
		return "sha1-" + base64.StdEncoding.EncodeToString(sum)
	}
	return integrity
}

// id is the package's name and version. Its own name is in the pattern, where
// that is an alias in its spec.
func (e *symlEntry) id() string {
	name, spec, _ := splitAt(e.keys[0])
	if parsed, err := manifest.ParseSpec(name, spec); err == nil {
		name = parsed.Target().Name
	}
	return name + "@" + e.values["version"]
}

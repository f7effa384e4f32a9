package manifest

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// Bins returns the commands of the package: name → slash-separated path
// relative to the package's folder. Names and paths are made safe as
// npm-normalize-package-bin does: of a name only the last part counts, a path
// cannot leave the folder, and what is then empty is dropped. Returns nil when
// the package has no bin.
func (m *Manifest) Bins() map[string]string {
	var bins map[string]string
	for _, key := range slices.Sorted(maps.Keys(m.Bin)) {
		name := key
		if name == "" {
			name = m.Name
		}
		name, target := binName(name), binTarget(m.Bin[key])
		if name == "" || target == "" {
			continue
		}
		if bins == nil {
			bins = make(map[string]string, len(m.Bin))
		}
		bins[name] = target
	}
	return bins
}

// binName reduces a key to one path element, "" when nothing safe remains.
func binName(key string) string {
	base := baseName(strings.NewReplacer(`\`, "/", ":", "/").Replace(key))
	if base == "." || base == ".." || hasControl(base) {
		return ""
	}
	return base
}

func binTarget(file string) string {
	if hasControl(file) {
		return ""
	}
	return path.Clean("/" + strings.ReplaceAll(file, `\`, "/"))[1:]
}

// baseName is Node's path.basename: the last element, "" for "/" and "".
func baseName(p string) string {
	p = strings.TrimRight(p, "/")
	return p[strings.LastIndexByte(p, '/')+1:]
}

// hasControl reports control characters, which no shim or shell survives.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

package manifest

import (
	"slices"
	"strings"
)

// fieldNames are the keys that Manifest has fields for; a test compares them.
func fieldNames() [26]string {
	return [...]string{
		"name", "version", "dependencies", "devDependencies", "optionalDependencies",
		"peerDependencies", "peerDependenciesMeta", "bundleDependencies", "bundledDependencies",
		"bin", "directories", "scripts", "engines", "os", "cpu", "libc", "hasInstallScript",
		"gypfile", "workspaces", "overrides", "packageManager", "devEngines", "private", "type",
		"main", "license",
	}
}

// exactKeys returns data, a valid JSON object, without the keys that
// encoding/json would take for a field although their case differs: to npm
// "Scripts" is not "scripts", and what one program reads and the other does
// not is a place to hide things. A copy is made if there is such a key, in
// which the key's first byte is another, so that all positions stay.
func exactKeys(data []byte) []byte {
	names := fieldNames()
	s := scanner{data: data}
	s.space()
	changed := false
	for s.pos++; s.space() != '}'; {
		if s.data[s.pos] == ',' {
			s.pos++
			s.space()
		}
		at := s.pos + 1
		if key := s.text(); !slices.Contains(names[:], key) && foldsTo(names[:], key) {
			if !changed {
				s.data, changed = slices.Clone(s.data), true
			}
			s.data[at] = '-'
		}
		s.space()
		s.pos++ // the colon
		s.skip()
	}
	return s.data
}

func foldsTo(names []string, key string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, key) })
}

// skip passes over a value.
func (s *scanner) skip() {
	depth := 0
	for {
		switch s.space() {
		case '{', '[':
			depth++
			s.pos++
		case '}', ']':
			depth--
			s.pos++
		case ',', ':':
			s.pos++
		case '"':
			s.pass()
		default:
			s.scalar()
		}
		if depth == 0 {
			return
		}
	}
}

// pass passes over a string.
func (s *scanner) pass() {
	for s.pos++; s.data[s.pos] != '"'; s.pos++ {
		if s.data[s.pos] == '\\' {
			s.pos++
		}
	}
	s.pos++
}

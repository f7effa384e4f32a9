package pick

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// hidden reports whether version v was published after Before, or the document
// keeps it back.
func (s *search) hidden(v string) bool {
	if !s.unlimited && s.doc.Held(v) != "" {
		return true
	}
	if s.Before.IsZero() {
		return false
	}
	at, ok := s.doc.Time(v)
	return ok && at.After(s.Before)
}

// anyVisible reports whether any version is left to choose from.
func (s *search) anyVisible() bool {
	return slices.ContainsFunc(s.doc.VersionList(), func(v string) bool { return !s.hidden(v) })
}

// visible returns those of found that are not hidden.
func visible(found []string, hidden func(string) bool) []string {
	return slices.DeleteFunc(found, hidden)
}

// Matches reports whether name is, or matches as a glob, one of patterns. As
// in npm, "!" and "#" mean nothing special there, so that a slip cannot exempt
// everything; what is no valid pattern matches only itself.
func Matches(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if p == name {
			return true
		}
		// To doublestar, "foo/**" matches "foo" as well.
		if dir, ok := strings.CutSuffix(p, "/**"); ok {
			p = dir + "/*/**"
		}
		ok, err := doublestar.Match(p, name)
		return err == nil && ok
	})
}

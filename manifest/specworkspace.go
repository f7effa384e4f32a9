package manifest

import (
	"path"
	"strings"
)

// fromWorkspace reads what follows "workspace:": a range over the version of
// the workspace that has the dependency's name ("*", "^1.2.0", and "^" and "~"
// alone, which publishing fills in), the name of another one before such a
// range ("lib@^"), or a folder. With a dot in front that counts from the
// package which asks, as pnpm has it, and otherwise from the project, as Yarn.
func (s Spec) fromWorkspace(rest string) (Spec, error) {
	s.Kind, s.Fetch, s.Save = KindWorkspace, strings.TrimSpace(rest), s.Raw
	at := strings.LastIndexByte(s.Fetch, '@')
	switch {
	case at > 0 && ValidateName(s.Fetch[:at]) == nil:
		sub, err := ParseSpec(s.Fetch[:at], "workspace:"+s.Fetch[at+1:])
		if err != nil {
			return Spec{}, err
		}
		s.Sub, s.Fetch = &sub, sub.Fetch
	case strings.HasPrefix(s.Fetch, "."):
		if s.Fetch = path.Clean(s.Fetch); !strings.HasPrefix(s.Fetch, "..") {
			s.Fetch = "./" + s.Fetch // or else "./1.x" were a range
		}
	case strings.Contains(s.Fetch, "/"):
		s.Fetch = path.Join("/", s.Fetch)
	case s.Fetch != "^" && s.Fetch != "~":
		var err error
		if s.versions, err = s.Range(); err != nil {
			return Spec{}, s.fail("EINVALIDSPEC", "neither a range, a workspace nor a folder follows workspace:")
		}
	}
	return s, nil
}

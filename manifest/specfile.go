package manifest

import (
	"path"
	"strings"

	"github.com/ipnpm/ipnpm/internal/lateregexp"
)

// upSlashes finds "/../foo" and "///../foo", which npm reads as relative in
// spite of RFC 8089.
var upSlashes = lateregexp.New(`^/{1,3}\.\.?(/|$)`)

// fromFile reads a path, or one after "file:" or "link:". In spite of the
// colon it is no URL: npm decodes no escapes, and "?" and "#" are letters.
func (s Spec) fromFile() (Spec, error) {
	s.Kind = KindDirectory
	if tarballPattern.MatchString(s.Raw) {
		s.Kind = KindFile
	}
	scheme, file := "file:", s.Raw
	for _, prefix := range []string{"file:", "link:"} {
		if len(file) >= len(prefix) && strings.EqualFold(file[:len(prefix)], prefix) {
			scheme, file = prefix, file[len(prefix):]
			break
		}
	}
	if scheme == "link:" {
		s.Kind = KindDirectory
	}
	s.Fetch = cleanPath(file)
	s.Save = scheme + s.Fetch
	if s.Fetch == "." {
		s.Save = scheme
	}
	return s, nil
}

// cleanPath normalises the path of a file spec: slashes, "." and ".." done
// away with, and what npm forgives after "file:": "//host" is "/host",
// "/../x" is "../x", and "/~/x" is "~/x".
func cleanPath(file string) string {
	file = strings.ReplaceAll(file, `\`, "/")
	if upSlashes.MatchString(file) {
		file = strings.TrimLeft(file, "/")
	}
	if home, ok := strings.CutPrefix(strings.TrimLeft(file, "/"), "~"); ok && (home == "" || home[0] == '/') {
		return path.Join("~", path.Join("/", home))
	}
	return path.Clean(file)
}

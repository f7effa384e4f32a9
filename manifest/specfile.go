package manifest

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

// upSlashes finds "/../foo" and "///../foo", which npm reads as relative in
// spite of RFC 8089.
var upSlashes = regexp.MustCompile(`^/{1,3}\.\.?(/|$)`)

// fromFile reads a path or a file: or link: URL. A URL's escapes are decoded,
// and what looks like its query or fragment is cut off, as npm has it.
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
	clean, err := filePath(file)
	if err != nil {
		return Spec{}, s.fail("EINVALIDSPEC", "a file: URL must comply with RFC 8089")
	}
	s.Fetch = clean
	s.Save = scheme + strings.TrimSuffix(clean, "/")
	if clean == "." {
		s.Save = scheme
	}
	return s, nil
}

// filePath turns what follows "file:" into a clean path with slashes.
func filePath(raw string) (string, error) {
	raw, _, _ = strings.Cut(raw, "#")
	raw, _, _ = strings.Cut(raw, "?")
	raw = strings.ReplaceAll(raw, `\`, "/")
	file, err := url.PathUnescape(raw)
	if err != nil || strings.ContainsRune(file, 0) {
		return "", errNotObject
	}
	switch {
	case upSlashes.MatchString(file):
		file = strings.TrimLeft(file, "/")
	case strings.HasPrefix(file, "//localhost/"):
		file = strings.TrimPrefix(file, "//localhost")
	}
	if trimmed := strings.TrimLeft(file, "/"); trimmed == "~" || strings.HasPrefix(trimmed, "~/") {
		return path.Join("~", strings.TrimPrefix(trimmed, "~")), nil
	}
	return path.Clean(file), nil
}

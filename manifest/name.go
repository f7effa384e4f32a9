package manifest

import (
	"fmt"
	"strings"
)

// MaxNameLength is the longest name, in bytes, that a package may be published
// under today (npm's rule). Older, longer ones are accepted up to what one
// path element may have.
const MaxNameLength = 214

const maxLegacyNameLength = 255

// NameError says why a text is not a package name.
type NameError struct {
	Name    string
	Problem string
}

func (e *NameError) Error() string {
	return fmt.Sprintf("invalid package name %q: %s", e.Name, e.Problem)
}

// ValidateName checks a package name by npm's rules for existing packages
// (validate-npm-package-name's validForOldPackages), and beyond them that the
// name is safe as a path under node_modules: npm lets "@../a" through.
// The error is a *NameError.
func ValidateName(name string) error {
	if problem := nameProblem(name); problem != "" {
		return &NameError{Name: name, Problem: problem}
	}
	return nil
}

// ValidateNewName checks a name by npm's rules for packages published today:
// those of [ValidateName], and lower case, at most [MaxNameLength] bytes, and
// none of ~'!()*.
func ValidateNewName(name string) error {
	problem := nameProblem(name)
	switch {
	case problem != "":
	case len(name) > MaxNameLength:
		problem = fmt.Sprintf("longer than %d characters", MaxNameLength)
	case strings.ToLower(name) != name:
		problem = "capital letters are not allowed in new names"
	case strings.ContainsAny(baseName(name), "~'!()*"):
		problem = "the characters ~'!()* are not allowed in new names"
	default:
		return nil
	}
	return &NameError{Name: name, Problem: problem}
}

func nameProblem(name string) string {
	switch {
	case name == "":
		return "it is empty"
	case len(name) > maxLegacyNameLength:
		return fmt.Sprintf("longer than %d bytes", maxLegacyNameLength)
	case name[0] == '.':
		return "it starts with a period"
	case name[0] == '_':
		return "it starts with an underscore"
	case name[0] == '-':
		return "it starts with a hyphen"
	}
	scope, base := "", name
	if name[0] == '@' {
		var ok bool
		if scope, base, ok = strings.Cut(name[1:], "/"); !ok || scope == "" || base == "" {
			return "a scoped name has the form @scope/name"
		}
	}
	return partsProblem(scope, base)
}

func partsProblem(scope, base string) string {
	switch strings.ToLower(base) {
	case "node_modules", "favicon.ico":
		return base + " is not allowed as a name"
	}
	if base[0] == '.' {
		return "it starts with a period"
	}
	if scope == "." || scope == ".." {
		return "it would be a path"
	}
	if !isURIComponent(scope) || !isURIComponent(base) {
		return "only URL-friendly characters are allowed"
	}
	return ""
}

// isURIComponent reports whether JavaScript's encodeURIComponent leaves s as
// it is.
func isURIComponent(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte("-_.!~*'()", c) >= 0:
		default:
			return false
		}
	}
	return true
}

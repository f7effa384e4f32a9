// Package weblinks finds the pages that a package.json leads to: the repository,
// the documentation, where bugs are reported. The fields come in the several
// shapes that npm takes, and repositories at the known hosts of git in all their
// spellings.
//
// A package.json is anybody's text, and what is found here ends in a browser. So
// every address that is handed out went through Check: it is http or https, has a
// host, no credentials, and no sign in it that a shell would take for its own.
package weblinks

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
)

// maxURL bounds an address in bytes; browsers take no longer ones.
const maxURL = 8 << 10

// Fields are a package.json, decoded.
type Fields = map[string]any

// MissingError says that a package.json leads to no page of a kind.
type MissingError struct {
	// Package is its name, and What the kind of page.
	Package, What string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s names no %s", e.Package, e.What)
}

// UnsafeError says that what should be the address of a page is none, or none
// that may be opened.
type UnsafeError struct{ URL string }

func (e *UnsafeError) Error() string { return fmt.Sprintf("invalid URL: %q", e.URL) }

// Check returns an address as it may be opened: *UnsafeError unless it is one of
// a page on the web.
func Check(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || len(text) > maxURL || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return "", &UnsafeError{text}
	}
	u.User = nil
	var b strings.Builder
	for _, c := range []byte(u.String()) {
		if isPlain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String(), nil
}

// isPlain says of a byte that an address may have it as it is. Quotes, "$",
// brackets and the like are legal there too, and mean the same when escaped.
func isPlain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~:/?#[]@!&*+,;=%", c) >= 0
}

// Repository is the page of the repository, for a package in a folder of one that
// folder's.
func Repository(f Fields) (string, error) {
	raw, directory := repository(f)
	if raw == "" {
		return "", missing(f, "repository")
	}
	if git := hosted(raw); git != nil {
		return Check(page(git, directory))
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return "", missing(f, "repository that has a page")
	}
	scheme := "https"
	if u.Scheme == "git+http" {
		scheme = "http"
	}
	return Check(scheme + "://" + u.Hostname() + strings.TrimSuffix(u.EscapedPath(), ".git"))
}

// Docs is the page that the package calls its home, or else the read-me of its
// repository.
func Docs(f Fields) (string, error) {
	if home := text(f["homepage"]); home != "" {
		return Check(home)
	}
	raw, _ := repository(f)
	git := hosted(raw)
	switch {
	case git == nil:
		return "", missing(f, "home page, and no repository at a known host")
	case git.Host == "gist":
		return Check(page(git, ""))
	}
	return Check(page(git, "") + "#readme")
}

// Bugs is where bugs are reported; "mailto:…" where that is an address of mail
// alone, which is for people to read and not for Check.
func Bugs(f Fields) (string, error) {
	if at := text(f["bugs"]); at != "" {
		return Check(at)
	}
	if bugs, ok := f["bugs"].(Fields); ok {
		if at := text(bugs["url"]); at != "" {
			return Check(at)
		}
		if mail := text(bugs["email"]); mail != "" {
			return "mailto:" + mail, nil
		}
	}
	raw, _ := repository(f)
	git := hosted(raw)
	switch {
	case git == nil, git.Host == "sourcehut":
		return "", missing(f, "place to report bugs, and no repository at a host that has one")
	case git.Host == "gist":
		return Check(page(git, ""))
	}
	return Check("https://" + git.Domain() + "/" + git.User + "/" + git.Project + "/issues")
}

func missing(f Fields, what string) error {
	name := text(f["name"])
	if name == "" {
		name = "the package"
	}
	return &MissingError{Package: name, What: what}
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// repository is the field in its two shapes.
func repository(f Fields) (raw, directory string) {
	switch r := f["repository"].(type) {
	case string:
		return r, ""
	case Fields:
		return text(r["url"]), text(r["directory"])
	}
	return "", ""
}

// hosted is a repository at a known host, nil elsewhere.
func hosted(raw string) *manifest.Git {
	spec, err := manifest.ParseSpec("repository", strings.TrimPrefix(raw, "git+"))
	if err != nil || spec.Git == nil || spec.Git.Host == "" {
		return nil
	}
	return spec.Git
}

// page is that of a repository, of a branch or commit of it, or of a folder there.
func page(g *manifest.Git, directory string) string {
	at := "https://" + g.Domain() + "/"
	if g.Host == "gist" {
		return strings.TrimSuffix(at+g.Project+"/"+g.Committish, "/")
	}
	at += g.User + "/" + g.Project
	tree := "/tree/"
	if g.Host == "bitbucket" {
		tree = "/src/"
	}
	commit := url.PathEscape(g.Committish)
	switch {
	case directory != "":
		if commit == "" {
			commit = "HEAD"
		}
		return at + tree + commit + "/" + strings.TrimPrefix(directory, "/")
	case commit != "":
		return at + tree + commit
	}
	return at
}

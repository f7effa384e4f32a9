package manifest

import (
	"net/url"
	"strings"

	"github.com/ipnpm/ipnpm/internal/lateregexp"
)

// Git is where a git dependency comes from.
type Git struct {
	// URL is what git clones, without the "git+" prefix and the fragment. For
	// a shortcut ("github:u/r") it is the https URL.
	URL string
	// Committish is a branch, a tag or a commit; Range is a semver range over
	// the tags ("#semver:^1"). At most one is set; neither is the default
	// branch.
	Committish, Range string
	// Subdir is the package's folder in the repository ("#path:a/b"), "" for
	// its root; slash-separated and relative.
	Subdir string
	// Host is github, gitlab, bitbucket, gist or sourcehut, and empty for any
	// other server; User (may be empty for a gist) and Project are its words.
	Host, User, Project string
	// SSH is the URL to try when URL fails, as npm does; only for a Host.
	SSH string
}

// scpRest finds the scp form in "git+ssh://git@host:path#committish"; scpPort
// tells a port from a path.
var (
	scpRest  = lateregexp.New(`(?i)^git\+ssh://([^:#]+:[^#]+)(?:#(.*))?$`)
	scpPort  = lateregexp.New(`:[0-9]+(?:/|$)`)
	gitProto = lateregexp.New(`^(?:git|git\+(?:https?|rsync|ftp|file|ssh))$`)
)

// fromURL reads what is a URL and not of a known git host.
func (s Spec) fromURL() (Spec, error) {
	if m := scpRest.FindStringSubmatch(s.Raw); m != nil && !scpPort.MatchString(m[1]) {
		return s.git(&Git{URL: m[1]}, m[2])
	}
	u, err := url.Parse(strings.TrimSpace(s.Raw))
	if err != nil {
		return Spec{}, s.fail("EINVALIDSPEC", "not a URL")
	}
	switch {
	case gitProto.MatchString(u.Scheme):
		fragment := u.EscapedFragment()
		u.Fragment, u.RawFragment = "", ""
		return s.git(&Git{URL: strings.TrimPrefix(u.String(), "git+")}, fragment)
	case u.Scheme == "http" || u.Scheme == "https":
		if u.Host == "" {
			return Spec{}, s.fail("EINVALIDSPEC", "a URL without a host")
		}
		s.Kind, s.Fetch, s.Save = KindRemote, s.Raw, s.Raw
		return s, nil
	}
	return Spec{}, s.fail("EUNSUPPORTEDPROTOCOL", "unsupported URL type "+u.Scheme+":")
}

// git completes a git spec with what its fragment asks for.
func (s Spec) git(g *Git, fragment string) (Spec, error) {
	s.Kind, s.Git, s.Save = KindGit, g, s.Raw
	s.Fetch = g.URL
	if fragment != "" {
		s.Fetch += "#" + fragment
	}
	for part := range strings.SplitSeq(fragment, "::") {
		if problem := g.attribute(part); problem != "" {
			return Spec{}, s.fail("EINVALIDSPEC", problem)
		}
	}
	// git would read it as an option.
	if strings.HasPrefix(g.URL, "-") || strings.HasPrefix(g.Committish, "-") {
		return Spec{}, s.fail("EINVALIDSPEC", "a repository or committish cannot start with a dash")
	}
	return s, nil
}

// attribute reads one "::"-separated part of a fragment. Unknown keys are
// ignored, as in npm.
func (g *Git) attribute(part string) (problem string) {
	key, value, ok := strings.Cut(part, ":")
	switch {
	case part == "":
	case !ok && (g.Range != "" || g.Committish != ""):
		return "more than one committish"
	case !ok:
		g.Committish = part
	case key == "semver" && (g.Range != "" || g.Committish != ""):
		return "more than one committish"
	case key == "semver":
		var err error
		if g.Range, err = url.PathUnescape(value); err != nil {
			return "a malformed escape"
		}
	case key == "path" && g.Subdir != "":
		return "more than one path"
	case key == "path":
		return g.subdir(value)
	}
	return ""
}

// Resolved is what a lockfile records of a URL, or of a git spec and the commit
// that it led to: npm's canonical form, "git+ssh://git@github.com/u/r.git#<commit>" for a known
// host unless it was named by https, the URL as written for others, without
// credentials. Beyond npm's form it keeps the folder in the repository, without
// which nobody could pack the same package again.
func (s Spec) Resolved(commit string) string {
	g := s.Git
	if g == nil {
		return withoutUser(s.Fetch)
	}
	base, _, _ := strings.Cut(s.Save, "#")
	if g.Host != "" {
		https := strings.HasPrefix(base, "git+https://") || strings.HasPrefix(base, "https://")
		if !https {
			base = g.SSH
		}
		base = "git+" + strings.TrimPrefix(base, "git+")
	}
	base = withoutUser(base)
	if g.Subdir != "" {
		commit += "::path:" + g.Subdir
	}
	return base + "#" + commit
}

// withoutUser takes credentials out of a URL; ssh needs its user, but for a
// password.
func withoutUser(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.User == nil {
		return text
	}
	if strings.HasSuffix(u.Scheme, "ssh") {
		if _, secret := u.User.Password(); !secret {
			return text
		}
		u.User = url.User(u.User.Username())
		return u.String()
	}
	u.User = nil
	return u.String()
}

func (g *Git) subdir(value string) (problem string) {
	for part := range strings.SplitSeq(strings.ReplaceAll(value, `\`, "/"), "/") {
		if part == ".." {
			return "a path out of the repository"
		}
	}
	g.Subdir = strings.Trim(value, "/")
	return ""
}

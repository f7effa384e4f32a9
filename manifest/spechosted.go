package manifest

import (
	"net/url"
	"strings"
)

// hostedHost is one of the git hosts that npm has shortcuts for.
type hostedHost struct {
	name, domain string
	// schemes are those of its URLs that mean a repository; any other URL
	// there is a tarball.
	schemes string
}

func hostedHosts() [5]hostedHost {
	return [5]hostedHost{
		{"github", "github.com", " git http git+ssh git+https ssh https "},
		{"bitbucket", "bitbucket.org", " git+ssh git+https ssh https "},
		{"gitlab", "gitlab.com", " git+ssh git+https ssh https "},
		{"gist", "gist.github.com", " git git+ssh git+https ssh https "},
		{"sourcehut", "git.sr.ht", " git+ssh https "},
	}
}

// Domain is that of the Host, "" without one.
func (g *Git) Domain() string {
	for _, h := range hostedHosts() {
		if h.name == g.Host {
			return h.domain
		}
	}
	return ""
}

// hosted is a repository at a known host.
type hosted struct {
	hostedHost
	scheme        string // of the URL; empty for a shortcut
	auth          string // "user:password" of the URL, kept for https
	user, project string
	committish    string
}

// parseHosted recognises the shortcuts (u/r, github:u/r, gist:id) and the
// repository URLs of the known hosts, as hosted-git-info does.
func parseHosted(raw string) (hosted, bool) {
	if isGitHubShorthand(raw) {
		raw = "github:" + raw
	}
	for _, h := range hostedHosts() {
		if rest, ok := strings.CutPrefix(raw, h.name+":"); ok {
			return h.shortcut(rest)
		}
	}
	u, ok := parseGitURL(raw)
	if !ok {
		return hosted{}, false
	}
	for _, h := range hostedHosts() {
		domain := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
		if domain == h.domain && strings.Contains(h.schemes, " "+u.Scheme+" ") {
			return h.fromURL(u)
		}
	}
	return hosted{}, false
}

// isGitHubShorthand recognises user/repo, by what comes before the first "#":
// one slash, not at either end, no dot at the start, no space, "@" or ":".
func isGitHubShorthand(s string) bool {
	head, _, _ := strings.Cut(s, "#")
	return strings.Count(head, "/") == 1 &&
		!strings.HasPrefix(head, "/") && !strings.HasSuffix(head, "/") &&
		!strings.HasPrefix(head, ".") && !strings.ContainsAny(head, "@: \t\r\n\v\f")
}

func (h hostedHost) shortcut(rest string) (hosted, bool) {
	head, fragment, _ := strings.Cut(rest, "#")
	head = strings.TrimPrefix(head, "//")
	if _, after, ok := strings.Cut(head, "@"); ok {
		head = after // credentials mean nothing to a shortcut
	}
	slash := strings.LastIndexByte(head, '/')
	g := hosted{hostedHost: h}
	ok := g.set(strings.TrimPrefix(head[:max(slash, 0)], "/"), head[slash+1:], fragment)
	return g, ok && (g.user != "" || h.name == "gist")
}

// set decodes and stores the parts; false when one is missing or malformed.
func (g *hosted) set(user, project, committish string) bool {
	var errs [3]error
	g.user, errs[0] = url.PathUnescape(user)
	g.project, errs[1] = url.PathUnescape(strings.TrimSuffix(project, ".git"))
	g.committish, errs[2] = url.PathUnescape(committish)
	return errs == [3]error{} && g.project != ""
}

// parseGitURL reads a URL, or the scp form user@host:path, possibly with a
// scheme before it, which no URL parser takes.
func parseGitURL(raw string) (*url.URL, bool) {
	head, fragment, hashed := strings.Cut(raw, "#")
	if !strings.Contains(head, "://") {
		if !strings.Contains(head, "@") {
			return nil, false
		}
		head = "git+ssh://" + head
	}
	u, err := url.Parse(head)
	if err != nil {
		colon := strings.LastIndexByte(head, ':')
		if colon < strings.LastIndexByte(head, '@') || strings.HasPrefix(head[colon:], "://") {
			return nil, false
		}
		if u, err = url.Parse(head[:colon] + "/" + head[colon+1:]); err != nil {
			return nil, false
		}
	}
	if hashed {
		u.RawFragment = fragment
	}
	return u, true
}

// fromURL takes user and project out of the path of a URL, where that names a
// repository and not, say, an archive of one.
func (h hostedHost) fromURL(u *url.URL) (hosted, bool) {
	g := hosted{hostedHost: h, scheme: u.Scheme}
	if u.User != nil && !strings.Contains(u.Scheme, "ssh") {
		g.auth = u.User.String()
	}
	fragment := u.RawFragment
	if fragment == "" {
		fragment = u.EscapedFragment()
	}
	parts := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	user, project, kind := parts[0], at(parts, 1), at(parts, 2)
	switch h.name {
	case "github":
		if kind == "tree" {
			fragment = at(parts, 3)
		} else if kind != "" {
			return hosted{}, false
		}
	case "gitlab":
		path := strings.Join(parts, "/")
		if strings.Contains(path, "/-/") || strings.Contains(path, "/archive.tar.gz") {
			return hosted{}, false
		}
		user, project = strings.Join(parts[:len(parts)-1], "/"), parts[len(parts)-1]
	case "gist":
		if project == "" {
			user, project = "", user
		}
	}
	if kind == "get" || kind == "archive" || kind == "raw" {
		return hosted{}, false
	}
	ok := g.set(user, project, fragment)
	return g, ok && (g.user != "" || h.name == "gist")
}

func at(parts []string, i int) string {
	if i < len(parts) {
		return parts[i]
	}
	return ""
}

// fromHosted makes the spec of a repository at a known host.
func (s Spec) fromHosted(h hosted) (Spec, error) {
	path := h.user + "/" + h.project
	if h.user == "" || h.name == "gist" {
		path = h.project
	}
	auth := h.auth
	if auth != "" {
		auth += "@"
	}
	g := &Git{
		URL:  "https://" + auth + h.domain + "/" + path + ".git",
		SSH:  "ssh://git@" + h.domain + "/" + path + ".git",
		Host: h.name, User: h.user, Project: h.project,
	}
	fragment, save := h.committish, "git+"+g.URL
	if h.name == "sourcehut" { // which wants no .git
		g.URL = strings.TrimSuffix(g.URL, ".git")
		save = g.URL
	}
	if fragment != "" {
		fragment = "#" + fragment
	}
	switch h.scheme {
	case "":
		save = h.name + ":" + path
	case "git+ssh", "ssh":
		g.URL, save = g.SSH, "git+"+g.SSH
	case "http": // plain http to these hosts is history
		save = "git+" + g.SSH
	case "git":
		g.URL = "git://" + auth + h.domain + "/" + path + ".git"
		save = g.URL
	}
	s, err := s.git(g, h.committish)
	s.Save = save + fragment
	return s, err
}

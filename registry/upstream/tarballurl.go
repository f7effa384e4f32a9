package upstream

import (
	"net/url"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
)

// docURL is where a package's document is: a scoped name's slash is escaped,
// since to old registries the path is one segment.
func (c *Client) docURL(name string) (*url.URL, error) {
	if err := manifest.ValidateName(name); err != nil {
		return nil, err
	}
	return c.opts.Base.JoinPath(escapeName(name)), nil
}

// escapeName is npm-package-arg's escapedName: @scope%2fname.
func escapeName(name string) string {
	scope, rest, scoped := strings.Cut(name, "/")
	if !scoped {
		return url.PathEscape(name)
	}
	return url.PathEscape(scope) + "%2f" + url.PathEscape(rest)
}

// TarballURL makes what a document says in dist.tarball into the URL to
// fetch: a bare file name is the registry's own <name>/-/<file>, anything else
// relative resolves against the base, and npm's host is replaced by the base
// as [ReplaceHost] says.
func (c *Client) TarballURL(name, raw string) (*url.URL, error) {
	if err := manifest.ValidateName(name); err != nil {
		return nil, err
	}
	if isFileName(raw) {
		return c.opts.Base.JoinPath(namePath(name), "-", url.PathEscape(raw)), nil
	}
	u, err := url.Parse(raw)
	if err != nil || raw == "" {
		return nil, &URLError{URL: "the tarball of " + name, Why: "dist.tarball is not a URL"}
	}
	u = c.opts.Base.ResolveReference(u)
	if err := checkURL(u); err != nil {
		return nil, err
	}
	// Whoever wrote the document has no business choosing credentials.
	u.User, u.Fragment = nil, ""
	if prefix, ok := c.replaces(u); ok {
		return c.onBase(u, prefix), nil
	}
	return u, nil
}

// Elsewhere tells whether a tarball's address is none of the registry's own:
// it has another origin, or is not below the base.
func (c *Client) Elsewhere(u *url.URL) bool {
	return !sameOrigin(u, c.opts.Base) || !strings.HasPrefix(u.EscapedPath(), c.opts.Base.EscapedPath())
}

// namePath is the name in a tarball's path, where the slash stays a slash.
func namePath(name string) string {
	scope, rest, scoped := strings.Cut(name, "/")
	if !scoped {
		return url.PathEscape(name)
	}
	return url.PathEscape(scope) + "/" + url.PathEscape(rest)
}

func isFileName(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsAny(s, "/\\:?#%")
}

// replaces tells whether a URL is moved to the base, and without which prefix
// of its path.
func (c *Client) replaces(u *url.URL) (prefix string, ok bool) {
	host := string(c.opts.ReplaceHost)
	switch c.opts.ReplaceHost {
	case ReplaceNever:
		return "", false
	case ReplaceAlways:
		return "", true
	case ReplaceNPM:
		host = DefaultHost
	}
	if whole, err := url.Parse(host); err == nil && whole.Host != "" {
		host, prefix = whole.Hostname(), strings.TrimSuffix(whole.EscapedPath(), "/")
	}
	return prefix, strings.EqualFold(u.Hostname(), host) && strings.HasPrefix(u.EscapedPath()+"/", prefix+"/")
}

// onBase moves a URL of the replaced host below the base. A path that begins
// with the base's own is taken to be there already, as npm does.
func (c *Client) onBase(u *url.URL, prefix string) *url.URL {
	path := u.EscapedPath()
	if prefix == "" {
		prefix = strings.TrimSuffix(c.opts.Base.EscapedPath(), "/")
	}
	if rest, ok := strings.CutPrefix(path, prefix+"/"); ok {
		path = rest
	}
	moved := c.opts.Base.JoinPath(path)
	moved.RawQuery = u.RawQuery
	return moved
}

// checkURL refuses what is not plain http or https to a named host.
func checkURL(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return &URLError{URL: redact(u), Why: "only http and https are fetched"}
	case u.Hostname() == "":
		return &URLError{URL: redact(u), Why: "it names no host"}
	case u.Opaque != "":
		return &URLError{URL: redact(u), Why: "it has no path"}
	}
	return nil
}

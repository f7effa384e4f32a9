package upstream

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

// Auth is one set of credentials and the place that they are for. At most one
// of Token, Basic and Username is used, in that order; a client certificate
// may accompany them.
type Auth struct {
	// Prefix is npm's "nerf dart": //host[:port]/path/, without a scheme. A
	// URL is below it when the host is the same and the path continues it at
	// a slash.
	Prefix string
	// Token is a bearer token (_authToken).
	Token string
	// Basic is base64 of user:password (_auth).
	Basic string
	// Username and Password are in clear (npm's _password is base64: decode
	// it first).
	Username, Password string
	// CertFile and KeyFile are a PEM client certificate and its key.
	CertFile, KeyFile string
}

// header is the Authorization value, empty when there is none.
func (a *Auth) header() string {
	switch {
	case a == nil:
		return ""
	case a.Token != "":
		return "Bearer " + a.Token
	case a.Basic != "":
		return "Basic " + a.Basic
	case a.Username != "" && a.Password != "":
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(a.Username+":"+a.Password))
	}
	return ""
}

func (a *Auth) hasCert() bool { return a != nil && a.CertFile != "" && a.KeyFile != "" }

// credentials are all known Auths.
type credentials []Auth

// find returns the Auth with the longest prefix that u is below, or nil.
func (cs credentials) find(u *url.URL) *Auth {
	target := "//" + hostPort(u) + u.EscapedPath()
	var best *Auth
	for i := range cs {
		a := &cs[i]
		if a.below(target) && (best == nil || len(a.Prefix) > len(best.Prefix)) {
			best = a
		}
	}
	return best
}

func (a *Auth) below(target string) bool {
	host, path, _ := strings.Cut(strings.TrimPrefix(a.Prefix, "//"), "/")
	prefix := strings.TrimSuffix("//"+strings.ToLower(host)+"/"+path, "/")
	rest, ok := strings.CutPrefix(target, prefix)
	return ok && host != "" && (rest == "" || rest[0] == '/')
}

// hostPort is the host as it stands in a nerf dart: lower case, and without a
// port that is the scheme's default, as WHATWG URLs have it.
func hostPort(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		return strings.TrimSuffix(host, ":443")
	case "http":
		return strings.TrimSuffix(host, ":80")
	}
	return host
}

// sameOrigin tells whether credentials for a may go to b in a redirect: same
// host and port, and the same scheme.
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && hostPort(a) == hostPort(b)
}

// authTransport adds the credentials of each single request's URL, so that
// net/http never has a header that it could carry along a redirect.
type authTransport struct {
	credentials credentials
	// secure says that the registry is asked over https. npm's prefixes have
	// no scheme, and a document that names a tarball at http:// must not
	// bring the token onto the open line.
	secure bool
	plain  http.RoundTripper
	// withCert has the transports of credentials with a client certificate,
	// which TLS knows per connection and not per request.
	withCert map[*Auth]http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (t *authTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	auth := t.forRequest(req)
	next := t.plain
	if rt, ok := t.withCert[auth]; ok {
		next = rt
	}
	if h := auth.header(); h != "" {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", h)
	}
	return next.RoundTrip(req)
}

// forRequest finds the credentials for a request, nil once a redirect has left
// the origin that was asked first.
func (t *authTransport) forRequest(req *http.Request) *Auth {
	if t.secure && req.URL.Scheme != "https" {
		return nil
	}
	for r := req.Response; r != nil && r.Request != nil; r = r.Request.Response {
		if !sameOrigin(r.Request.URL, req.URL) {
			return nil
		}
	}
	return t.credentials.find(req.URL)
}

// authError explains a 401 or 403.
func (c *Client) authError(u *url.URL, status int) *AuthError {
	auth := c.auth.find(u)
	if c.opts.Base.Scheme == "https" && u.Scheme != "https" {
		auth = nil // see authTransport
	}
	e := &AuthError{URL: redact(u), Status: status, Sent: auth.header() != "" || auth.hasCert()}
	nerf := "//" + hostPort(u) + "/"
	if sameOrigin(u, c.opts.Base) {
		nerf = "//" + hostPort(c.opts.Base) + c.opts.Base.EscapedPath()
	}
	switch {
	case e.Sent:
		e.Hint = "the credentials configured for " + auth.Prefix + " were not accepted: they may have expired, or lack access to this package"
	case !sameOrigin(u, c.opts.Base):
		e.Hint = "the registry's own credentials are never sent to another host: if this one needs some, set " + nerf + ":_authToken"
	case strings.HasPrefix(u.EscapedPath(), c.opts.Base.EscapedPath()):
		e.Hint = "no credentials are configured for it: set " + nerf + ":_authToken in your .npmrc"
	default:
		e.Hint = "this path is outside " + nerf + ": credentials are sent only below the path that they are configured for"
	}
	return e
}

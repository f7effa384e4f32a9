package upstream

import (
	"net/http"
	"testing"
)

// transportFunc is a RoundTripper in a function.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// npm's prefixes name a host without a scheme. A document of an https registry
// can name tarballs at http:// of the same host: they get no token.
func TestNoCredentialsFromHTTPSToHTTP(t *testing.T) {
	for _, tt := range []struct{ base, url, want string }{
		{"https://registry.example/", "https://registry.example/a/-/a-1.0.0.tgz", "Bearer secret"},
		{"https://registry.example/", "http://registry.example/a/-/a-1.0.0.tgz", ""},
		{"https://registry.example/", "http://registry.example:80/a/-/a-1.0.0.tgz", ""},
		{"http://registry.example/", "http://registry.example/a/-/a-1.0.0.tgz", "Bearer secret"},
	} {
		c := client(t, tt.base, auth(Auth{Prefix: "//registry.example/", Token: "secret"}))
		sent := "none"
		rt := c.http.Transport.(*authTransport)
		rt.plain = transportFunc(func(r *http.Request) (*http.Response, error) {
			sent = r.Header.Get("Authorization")
			return &http.Response{StatusCode: http.StatusForbidden, Body: http.NoBody, Request: r}, nil
		})
		_, err := c.Tarball(t.Context(), "a", tt.url, 0)
		if sent != tt.want {
			t.Errorf("%s at %s: sent %q, want %q", tt.url, tt.base, sent, tt.want)
		}
		if denied, ok := err.(*AuthError); !ok || denied.Sent != (tt.want != "") {
			t.Errorf("%s at %s: %#v", tt.url, tt.base, err)
		}
	}
}

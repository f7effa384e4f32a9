package upstream

import (
	"crypto/x509"
	"net/http"
	"net/url"
	"testing"
)

// TestTrusting: roots are read for the first request that is encrypted, be it on the way
// to a proxy alone.
func TestTrusting(t *testing.T) {
	for name, tt := range map[string]struct {
		url, proxy string
		open       bool
	}{
		"plain":                         {"http://a.example/", "", true},
		"by a proxy":                    {"http://a.example/", "http://p.example/", true},
		"by an encrypted proxy":         {"http://a.example/", "https://p.example/", false},
		"encrypted":                     {"https://a.example/", "", false},
		"encrypted by a proxy":          {"https://a.example/", "http://p.example/", false},
		"by a proxy that nobody can be": {"http://a.example/", "://", false},
	} {
		read := 0
		roots := func() *x509.CertPool { read++; return nil }
		o := Options{}
		if tt.proxy != "" {
			o.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(tt.proxy) }
		}
		rt := newTrusting(o, roots)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tt.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := rt.isOpen(req); got != tt.open || read != 0 {
			t.Errorf("%s: open is %t, want %t; roots were read %d times", name, got, tt.open, read)
		}
		if first := rt.secure(); first != rt.secure() || read != 1 {
			t.Errorf("%s: roots were read %d times", name, read)
		}
	}
}

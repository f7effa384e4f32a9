package upstream

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestAuthForms(t *testing.T) {
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:p:w"))
	for want, a := range map[string]Auth{
		"Bearer tok": {Token: "tok", Basic: "ignored", Username: "u", Password: "p"},
		"Basic abc=": {Basic: "abc="},
		basic:        {Username: "user", Password: "p:w"},
	} {
		s := registrytest.New(t)
		pkg(s, "a", "1.0.0")
		s.RequireAuthorization(want)
		a.Prefix = nerf(s.URL)
		if _, err := client(t, s.URL, auth(a)).Packument(t.Context(), "a", false); err != nil {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestAuthPrefix(t *testing.T) {
	all := credentials{
		{Prefix: "//registry.example/", Token: "host"},
		{Prefix: "//registry.example/npm/team/", Token: "team"},
		{Prefix: "//Other.example:8443/x", Token: "port"},
		{Prefix: "//", Token: "nothing"},
	}
	for in, want := range map[string]string{
		"https://registry.example/a":                "host",
		"https://registry.example:443/a":            "host",
		"http://registry.example:80/a":              "host",
		"https://registry.example:444/a":            "",
		"https://registry.example/npm/team":         "team",
		"https://registry.example/npm/team/@s%2fa":  "team",
		"https://registry.example/npm/teamster/a":   "host",
		"https://registry.example.evil.example/a":   "",
		"https://sub.registry.example/a":            "",
		"https://OTHER.example:8443/x/y":            "port",
		"https://other.example:8443/xy":             "",
		"https://other.example/x/y":                 "",
		"https://registry.example%2f@evil.example/": "",
	} {
		u, err := url.Parse(in)
		if err != nil {
			continue // what does not parse is not fetched
		}
		got := ""
		if a := all.find(u); a != nil {
			got = a.Token
		}
		if got != want {
			t.Errorf("%s gets %q, want %q", in, got, want)
		}
	}
}

func TestAuthIsolation(t *testing.T) {
	own, other := registrytest.New(t), registrytest.New(t)
	p := pkg(other, "a", "1.0.0")
	pkg(own, "a", "1.0.0")
	mine := Auth{Prefix: nerf(own.URL), Token: "secret"}

	t.Run("tarball on another host", func(t *testing.T) {
		c := client(t, own.URL, auth(mine))
		if _, err := c.Tarball(t.Context(), "a", other.URL+strings.TrimPrefix(p.Path, "/"), 0); err != nil {
			t.Fatal(err)
		}
		if got := authorizations(other); !slices.Equal(got, []string{""}) {
			t.Errorf("the other host saw %q", got)
		}
	})
	t.Run("userinfo in a document", func(t *testing.T) {
		other.Reset()
		c := client(t, own.URL, auth(mine))
		evil := strings.Replace(other.URL, "http://", "http://user:pass@", 1) + strings.TrimPrefix(p.Path, "/")
		if _, err := c.Tarball(t.Context(), "a", evil, 0); err != nil {
			t.Fatal(err)
		}
		if got := authorizations(other); !slices.Equal(got, []string{""}) {
			t.Errorf("the other host saw %q", got)
		}
	})
	t.Run("redirect to another host", func(t *testing.T) {
		own.Reset()
		other.Reset()
		own.Inject("", registrytest.Fault{Redirect: other.URL + "…", Times: 1})
		// Even credentials for that host stay at home: the redirecting server
		// has no say over them.
		c := client(t, own.URL, auth(mine, Auth{Prefix: nerf(other.URL), Token: "also secret"}))
		if _, err := c.Packument(t.Context(), "a", false); err != nil {
			t.Fatal(err)
		}
		if got := authorizations(own); !slices.Equal(got, []string{"Bearer secret"}) {
			t.Errorf("own host saw %q", got)
		}
		if got := authorizations(other); !slices.Equal(got, []string{""}) {
			t.Errorf("the other host saw %q", got)
		}
	})
	t.Run("there and back", func(t *testing.T) {
		own.Reset()
		own.Inject("", registrytest.Fault{Redirect: other.URL + "…", Times: 1})
		other.Inject("", registrytest.Fault{Redirect: own.URL + "…", Times: 1})
		c := client(t, own.URL, auth(mine))
		if _, err := c.Packument(t.Context(), "a", false); err != nil {
			t.Fatal(err)
		}
		if got := authorizations(own); !slices.Equal(got, []string{"Bearer secret", ""}) {
			t.Errorf("own host saw %q", got)
		}
	})
	t.Run("redirect on the same host", func(t *testing.T) {
		own.Reset()
		own.Inject("b", registrytest.Fault{Redirect: own.URL + "a", Times: 1})
		c := client(t, own.URL, auth(mine))
		if _, err := c.Packument(t.Context(), "b", false); !is[*DocumentError](err) {
			t.Fatalf("document of a as that of b: %v", err)
		}
		if got := authorizations(own); !slices.Equal(got, []string{"Bearer secret", "Bearer secret"}) {
			t.Errorf("own host saw %q", got)
		}
	})
}

func TestAuthErrorsExplain(t *testing.T) {
	s, other := registrytest.New(t), registrytest.New(t)
	s.RequireToken("right")
	other.RequireToken("right")
	tests := []struct {
		name string
		auth []Auth
		url  string
		sent bool
		hint string
	}{
		{"none", nil, "a-1.0.0.tgz", false, nerf(s.URL) + ":_authToken"},
		{"wrong", []Auth{{Prefix: nerf(s.URL), Token: "wrong-secret"}}, "a-1.0.0.tgz", true, "not accepted"},
		{"other host", []Auth{{Prefix: nerf(s.URL), Token: "right"}}, other.URL + "x.tgz", false, nerf(other.URL) + ":_authToken"},
	}
	for _, tt := range tests {
		_, err := client(t, s.URL, auth(tt.auth...)).Tarball(t.Context(), "a", tt.url, 0)
		ae, ok := errors.AsType[*AuthError](err)
		if !ok || ae.Status != 401 || ae.Sent != tt.sent || !strings.Contains(ae.Hint, tt.hint) {
			t.Errorf("%s: %v %+v", tt.name, err, ae)
		}
		if ok && strings.Contains(ae.Hint+ae.Error(), "secret") {
			t.Errorf("%s: the error tells the token: %+v", tt.name, ae)
		}
	}
}

func TestTLS(t *testing.T) {
	s := registrytest.NewTLS(t)
	for i := range 20 {
		pkg(s, "a"+string(rune('a'+i)), "1.0.0")
	}
	cafile := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(cafile, []byte(s.CA()), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, trust := range map[string]TLS{
		"cafile":           {CAFile: cafile},
		"ca":               {CA: []string{s.CA()}},
		"extra":            {ExtraCAFile: cafile},
		"strict-ssl=false": {Insecure: true},
	} {
		s.Reset()
		c := client(t, s.URL, func(o *Options) { o.TLS = trust })
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				if _, err := c.Packument(t.Context(), "a"+string(rune('a'+i)), false); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		wg.Wait()
		for _, r := range s.Requests() {
			if r.Proto != "HTTP/2.0" {
				t.Errorf("%s: spoke %s", name, r.Proto)
			}
		}
	}
	c := client(t, s.URL, retries(3))
	_, err := c.Packument(t.Context(), "aa", false)
	if ne, ok := errors.AsType[*NetworkError](err); !ok || ne.Attempts != 1 {
		t.Errorf("untrusted certificate: %v", err)
	}
	for name, trust := range map[string]TLS{"missing": {CAFile: cafile + "x"}, "no PEM": {CA: []string{"x"}}} {
		if _, err := New(Options{Base: mustURL(t, s.URL), TLS: trust}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestFirstConnectionFailingLetsOthersTry(t *testing.T) {
	s := registrytest.NewTLS(t) // untrusted: every handshake fails
	c := client(t, s.URL)
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		wg.Go(func() {
			if _, err := c.Packument(t.Context(), name, false); !is[*NetworkError](err) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	wg.Wait()
}

func TestRedirectToPlainHTTPIsRefused(t *testing.T) {
	s, plain := registrytest.NewTLS(t), registrytest.New(t)
	pkg(plain, "a", "1.0.0")
	s.Inject("", registrytest.Fault{Redirect: plain.URL + "…"})
	c := client(t, s.URL, retries(2), func(o *Options) { o.TLS.CA = []string{s.CA()} })
	if _, err := c.Packument(t.Context(), "a", false); !is[*URLError](err) {
		t.Errorf("err = %v", err)
	}
	if n := plain.Count("/"); n != 0 {
		t.Errorf("%d requests went there", n)
	}
}

func TestRedirectLoopEnds(t *testing.T) {
	s := registrytest.New(t)
	s.Inject("", registrytest.Fault{Redirect: s.URL + "…"})
	if _, err := client(t, s.URL, retries(2)).Packument(t.Context(), "a", false); !is[*URLError](err) {
		t.Errorf("err = %v", err)
	}
	if n := s.Count("/"); n != maxRedirects {
		t.Errorf("%d requests", n)
	}
}

func TestClientCertificate(t *testing.T) {
	s, other := registrytest.NewTLS(t), registrytest.NewTLS(t)
	s.RequireClientCert()
	pkg(s, "a", "1.0.0")
	p := pkg(other, "a", "1.0.0")
	certFile, keyFile := clientCert(t)
	c := client(t, s.URL, auth(Auth{Prefix: nerf(s.URL), CertFile: certFile, KeyFile: keyFile}), func(o *Options) {
		o.TLS.CA = []string{s.CA(), other.CA()}
	})
	if _, err := c.Packument(t.Context(), "a", false); err != nil {
		t.Error(err)
	}
	if _, err := c.Tarball(t.Context(), "a", other.URL+strings.TrimPrefix(p.Path, "/"), 0); err != nil {
		t.Error(err)
	}
	if !s.Requests()[0].ClientCert || other.Requests()[0].ClientCert {
		t.Error("the certificate went to the wrong place")
	}
	bad := Auth{Prefix: nerf(s.URL), CertFile: certFile, KeyFile: certFile}
	if _, err := New(Options{Base: mustURL(t, s.URL), Auth: []Auth{bad}}); err == nil {
		t.Error("a certificate without its key was accepted")
	}
}

func clientCert(t *testing.T) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "me"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", keyDER)
}

package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// maxRedirects is npm's limit.
const maxRedirects = 20

// newHTTP builds the client: one connection pool, and another for each set of
// credentials that has a client certificate.
func newHTTP(o Options) (*http.Client, error) {
	roots, err := o.TLS.roots()
	if err != nil {
		return nil, err
	}
	rt := &authTransport{
		credentials: o.Auth,
		secure:      o.Base.Scheme == "https",
		plain:       newTrusting(o, roots),
		withCert:    make(map[*Auth]http.RoundTripper),
	}
	for i := range rt.credentials {
		auth := &rt.credentials[i]
		if !auth.hasCert() {
			continue
		}
		cert, err := tls.LoadX509KeyPair(auth.CertFile, auth.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("client certificate for %s: %w", auth.Prefix, err)
		}
		rt.withCert[auth] = newTrusting(o, roots, cert)
	}
	return &http.Client{Transport: rt, CheckRedirect: checkRedirect}, nil
}

// trusting is a transport that reads what it trusts when that is first asked for: the
// roots of a machine take 15 ms to parse where others come on top of them, and an
// install that has all it needs asks nobody.
type trusting struct {
	open   *http.Transport
	secure func() *http.Transport
}

func newTrusting(o Options, roots func() *x509.CertPool, certs ...tls.Certificate) *trusting {
	return &trusting{
		open: newTransport(o, nil),
		secure: sync.OnceValue(func() *http.Transport {
			return newTransport(o, &tls.Config{RootCAs: roots(), Certificates: certs, InsecureSkipVerify: o.TLS.Insecure}) //nolint:gosec // strict-ssl=false
		}),
	}
}

// RoundTrip implements [http.RoundTripper].
func (t *trusting) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.isOpen(req) {
		return t.open.RoundTrip(req)
	}
	return t.secure().RoundTrip(req)
}

// isOpen says that nothing of a request is encrypted, on the way to a proxy neither.
func (t *trusting) isOpen(req *http.Request) bool {
	if req.URL.Scheme != "http" || t.open.Proxy == nil {
		return req.URL.Scheme == "http"
	}
	proxy, err := t.open.Proxy(req)
	return err == nil && (proxy == nil || proxy.Scheme != "https")
}

func newTransport(o Options, config *tls.Config) *http.Transport {
	dialer := &net.Dialer{Timeout: min(o.FetchTimeout, 30*time.Second), KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:               o.Proxy,
		DialContext:         dialer.DialContext,
		TLSClientConfig:     config,
		TLSHandshakeTimeout: min(o.FetchTimeout, 30*time.Second),
		ForceAttemptHTTP2:   true, // a TLS config of one's own turns it off
		MaxIdleConns:        o.MaxSockets,
		MaxIdleConnsPerHost: o.MaxSockets,
		IdleConnTimeout:     time.Minute,
		// Bodies are decoded here, with a decoder twice as fast.
		DisableCompression:     true,
		MaxResponseHeaderBytes: 256 << 10,
		ReadBufferSize:         32 << 10,
	}
}

// roots returns what makes the set of trusted roots; nil means the system's. That there
// are some in each of the sources is known by then.
func (t TLS) roots() (func() *x509.CertPool, error) {
	own := len(t.CA) > 0 || t.CAFile != ""
	var pems [][]byte
	for i, text := range t.CA {
		if !hasCertificate([]byte(text)) {
			return nil, fmt.Errorf("ca: entry %d holds no PEM certificate", i+1)
		}
		pems = append(pems, []byte(text))
	}
	for _, file := range [...]struct{ key, path string }{{"cafile", t.CAFile}, {"extra CA file", t.ExtraCAFile}} {
		if file.path == "" {
			continue
		}
		text, err := os.ReadFile(file.path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file.key, err)
		}
		if !hasCertificate(text) {
			return nil, fmt.Errorf("%s: %s holds no PEM certificate", file.key, file.path)
		}
		pems = append(pems, text)
	}
	return sync.OnceValue(func() *x509.CertPool {
		if len(pems) == 0 {
			return nil
		}
		pool := x509.NewCertPool()
		if !own {
			if system, err := x509.SystemCertPool(); err == nil {
				pool = system
			}
		}
		for _, text := range pems {
			pool.AppendCertsFromPEM(text)
		}
		return pool
	}), nil
}

// hasCertificate says that one can be read, which the first mostly can.
func hasCertificate(text []byte) bool {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if _, err := x509.ParseCertificate(block.Bytes); block.Type == "CERTIFICATE" && err == nil {
			return true
		}
	}
	return false
}

// checkRedirect follows redirects between http and https URLs, but never from
// a connection that is protected to one that is not: a document has no digest
// to catch what might happen to it there.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if err := checkURL(req.URL); err != nil {
		return err
	}
	if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return &URLError{URL: redact(req.URL), Why: "a redirect led from https to http"}
	}
	if len(via) >= maxRedirects {
		return &URLError{URL: redact(req.URL), Why: fmt.Sprintf("more than %d redirects", maxRedirects)}
	}
	// What an earlier hop's URL held in its query is not the next one's business.
	req.Header.Del("Referer")
	return nil
}

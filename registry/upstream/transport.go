package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// maxRedirects is npm's limit.
const maxRedirects = 20

// newHTTP builds the client: one connection pool, and another for each set of
// credentials that has a client certificate.
func newHTTP(o Options) (*http.Client, error) {
	pool, err := o.TLS.pool()
	if err != nil {
		return nil, err
	}
	rt := &authTransport{
		credentials: o.Auth,
		secure:      o.Base.Scheme == "https",
		plain:       newTransport(o, &tls.Config{RootCAs: pool, InsecureSkipVerify: o.TLS.Insecure}), //nolint:gosec // strict-ssl=false
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
		rt.withCert[auth] = newTransport(o, &tls.Config{
			RootCAs: pool, Certificates: []tls.Certificate{cert},
			InsecureSkipVerify: o.TLS.Insecure, //nolint:gosec // strict-ssl=false
		})
	}
	return &http.Client{Transport: rt, CheckRedirect: checkRedirect}, nil
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

// pool is the set of trusted roots; nil means the system's.
func (t TLS) pool() (*x509.CertPool, error) {
	if len(t.CA) == 0 && t.CAFile == "" {
		return t.systemPool()
	}
	pool := x509.NewCertPool()
	for i, pem := range t.CA {
		if !pool.AppendCertsFromPEM([]byte(pem)) {
			return nil, fmt.Errorf("ca: entry %d holds no PEM certificate", i+1)
		}
	}
	if err := appendFile(pool, "cafile", t.CAFile); err != nil {
		return nil, err
	}
	return pool, appendFile(pool, "extra CA file", t.ExtraCAFile)
}

func (t TLS) systemPool() (*x509.CertPool, error) {
	if t.ExtraCAFile == "" {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	return pool, appendFile(pool, "extra CA file", t.ExtraCAFile)
}

func appendFile(pool *x509.CertPool, key, path string) error {
	if path == "" {
		return nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s: %s holds no PEM certificate", key, path)
	}
	return nil
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

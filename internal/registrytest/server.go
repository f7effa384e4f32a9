package registrytest

import (
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/ipnpm/ipnpm/internal/signing"
)

// Server is a registry that lives as long as its test. Its methods are safe
// for concurrent use and fail the test on wrong input.
type Server struct {
	// URL is the registry's base, ending in a slash.
	URL string

	t       testing.TB
	http    *httptest.Server
	content http.Handler

	mu           sync.Mutex
	packages     map[string]*pkg
	recording    *Recording
	added        int
	cacheControl string
	faults       []*fault
	auth         string
	clientCert   bool
	key          *signing.Key
	advisories   map[string]json.RawMessage
	requests     []Request
}

// Request is one that the server received.
type Request struct {
	// Path is as it was sent, scoped names still escaped.
	Path   string
	Header http.Header
	// Status is what was answered; 0 when the connection was dropped.
	Status int
	// ClientCert says that the client presented a certificate.
	ClientCert bool
	// Proto is "HTTP/1.1" or "HTTP/2.0".
	Proto string
}

// New starts an empty registry.
func New(t testing.TB) *Server {
	s := newServer(t)
	s.http = httptest.NewServer(s)
	return s.started()
}

// NewTLS starts an empty registry on https with HTTP/2; see [Server.CA].
func NewTLS(t testing.TB) *Server {
	s := newServer(t)
	s.http = httptest.NewUnstartedServer(s)
	s.http.EnableHTTP2 = true
	s.http.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	// Clients that do not trust it are part of the tests.
	s.http.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.http.StartTLS()
	return s.started()
}

// ServeDir starts a registry of recorded documents (<name>.json, a scoped
// name's slash written %2f) and tarballs (<name>/-/<file>.tgz). Where a
// document's dist.tarball is a bare file name, the server's address and the
// path are put before it. Faults, authentication and counting work as ever.
func ServeDir(t testing.TB, docs, tarballs string) *Server {
	s := newServer(t)
	s.content = DirHandler(docs, tarballs)
	s.http = httptest.NewServer(s)
	return s.started()
}

func newServer(t testing.TB) *Server {
	s := &Server{t: t, packages: make(map[string]*pkg), cacheControl: "public, max-age=300"}
	s.content = http.HandlerFunc(s.serve)
	return s
}

func (s *Server) started() *Server {
	s.URL = s.http.URL + "/"
	s.t.Cleanup(s.Close)
	return s
}

// Close stops the server before the test ends, as a network failure would.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// CA is the PEM certificate to trust for a server made by NewTLS.
func (s *Server) CA() string {
	cert := s.http.Certificate()
	if cert == nil {
		s.t.Fatal("registrytest: CA of a server without TLS")
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
}

// CacheControl sets the header of documents, "public, max-age=300" at first,
// as npm's registry has it.
func (s *Server) CacheControl(value string) { s.locked(func() { s.cacheControl = value }) }

// RequireToken makes every request without this bearer token a 401.
func (s *Server) RequireToken(token string) { s.locked(func() { s.auth = "Bearer " + token }) }

// RequireAuthorization makes every request without exactly this Authorization
// header a 401.
func (s *Server) RequireAuthorization(value string) { s.locked(func() { s.auth = value }) }

// Sign makes the registry sign what is added from now on, and tell its key.
func (s *Server) Sign() {
	key := signing.New(s.t)
	s.locked(func() { s.key = key })
}

// Advise makes the registry answer for advisories, from a JSON object of npm's
// lists by name.
func (s *Server) Advise(list string) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(list), &all); err != nil {
		s.t.Fatalf("registrytest: advisories: %v", err)
	}
	s.locked(func() { s.advisories = all })
}

// RequireClientCert makes every request without a client certificate a 403.
// Which certificate is not looked at.
func (s *Server) RequireClientCert() { s.locked(func() { s.clientCert = true }) }

// Requests lists what was received since the start or the last Reset.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Count counts the requests whose path begins so; "/" counts all.
func (s *Server) Count(prefix string) int {
	n := 0
	for _, r := range s.Requests() {
		if strings.HasPrefix(r.Path, prefix) {
			n++
		}
	}
	return n
}

// Reset forgets the requests received so far.
func (s *Server) Reset() { s.locked(func() { s.requests = nil }) }

func (s *Server) locked(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn()
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := &recorder{ResponseWriter: w}
	hasCert := r.TLS != nil && len(r.TLS.PeerCertificates) > 0
	// Deferred, for a fault may abort the handler.
	defer func() {
		got := Request{
			Path: r.URL.EscapedPath(), Header: r.Header.Clone(), Status: rec.status, ClientCert: hasCert, Proto: r.Proto,
		}
		s.locked(func() { s.requests = append(s.requests, got) })
	}()
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.URL.Path != advisoriesPath:
		rec.WriteHeader(http.StatusMethodNotAllowed)
	case !s.authorized(r):
		rec.WriteHeader(http.StatusUnauthorized)
	case !hasCert && s.needsCert():
		rec.WriteHeader(http.StatusForbidden)
	default:
		s.inject(s.content).ServeHTTP(rec, r)
	}
}

func (s *Server) authorized(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.auth == "" || r.Header.Get("Authorization") == s.auth
}

func (s *Server) needsCert() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clientCert
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets [http.ResponseController] reach the real one.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

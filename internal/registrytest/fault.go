package registrytest

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// Kind says which answers a fault concerns.
type Kind int

// The kinds of answers.
const (
	All Kind = iota
	Documents
	Tarballs
)

// Fault is a way to go wrong. Of Drop, Redirect, Status, Body, Corrupt and
// Truncate one is set; Bare, Delay and Header go with any of them, or alone.
type Fault struct {
	On Kind
	// Version narrows a fault on tarballs to one version.
	Version string
	// Times is how often it strikes before it is over; 0 is for ever.
	Times int

	// Drop closes the connection without an answer.
	Drop bool
	// Redirect answers 302 to this URL; a trailing "…" is replaced by the path
	// asked for.
	Redirect string
	// Status answers with this status and no useful body.
	Status int
	// Body is sent instead of the real one.
	Body []byte
	// Corrupt flips a bit in the middle of the body, which breaks what it
	// says but not its length. Documents are then sent without compression.
	Corrupt bool
	// Truncate breaks the connection off in the middle of the body.
	Truncate bool
	// Bare sends documents without compression, as some registries always do.
	Bare bool
	// Delay passes before the answer begins.
	Delay time.Duration
	// Header is added to the answer.
	Header map[string]string
}

type fault struct {
	Fault
	name string
}

// Inject adds a fault for a package, "" for all. The first that fits a
// request strikes, in the order of injection.
func (s *Server) Inject(name string, f Fault) {
	s.locked(func() { s.faults = append(s.faults, &fault{Fault: f, name: name}) })
}

// Heal removes all faults.
func (s *Server) Heal() { s.locked(func() { s.faults = nil }) }

// strike finds the fault for a request and uses it up.
func (s *Server) strike(r *http.Request) *Fault {
	name, file := splitPath(r.URL.EscapedPath())
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if !f.fits(name, file) {
			continue
		}
		if f.Times == 1 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		} else if f.Times > 1 {
			f.Times--
		}
		struck := f.Fault
		return &struck
	}
	return nil
}

func (f *fault) fits(name, file string) bool {
	switch {
	case f.name != "" && f.name != name:
		return false
	case f.On == Documents:
		return file == ""
	case f.Version != "":
		return strings.HasSuffix(file, "-"+f.Version+".tgz")
	case f.On == Tarballs:
		return file != ""
	}
	return true
}

// inject wraps the content with the fault that a request meets.
func (s *Server) inject(content http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := s.strike(r)
		if f == nil {
			content.ServeHTTP(w, r)
			return
		}
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
		for k, v := range f.Header {
			w.Header().Set(k, v)
		}
		f.answer(w, r, content)
	})
}

func (f *Fault) answer(w http.ResponseWriter, r *http.Request, content http.Handler) {
	if f.Bare || f.Corrupt {
		r = r.Clone(r.Context())
		r.Header.Del("Accept-Encoding")
	}
	switch {
	case f.Drop:
		panic(http.ErrAbortHandler)
	case f.Redirect != "":
		to := f.Redirect
		if base, ok := strings.CutSuffix(to, "…"); ok {
			to = base + strings.TrimPrefix(r.URL.RequestURI(), "/")
		}
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	case f.Status != 0:
		w.WriteHeader(f.Status)
	case f.Body != nil:
		_, _ = w.Write(f.Body)
	case f.Corrupt, f.Truncate:
		f.spoil(w, r, content)
	default:
		content.ServeHTTP(w, r)
	}
}

// spoil gets the real answer and damages its body.
func (f *Fault) spoil(w http.ResponseWriter, r *http.Request, content http.Handler) {
	r = r.Clone(r.Context())
	r.Header.Del("If-None-Match")
	rec := httptest.NewRecorder()
	content.ServeHTTP(rec, r)
	body := append([]byte(nil), rec.Body.Bytes()...)
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(rec.Code)
	if f.Corrupt {
		body[len(body)/2] ^= 1
		_, _ = w.Write(body)
		return
	}
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

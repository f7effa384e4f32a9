package upstream

import (
	"fmt"
	"net/http"
	"net/url"
)

// OfflineError says that the network was needed and the client is offline:
// the document is not in the cache, or a tarball was asked for.
type OfflineError struct {
	// What was asked for: a package name, or a redacted URL.
	What string
}

func (e *OfflineError) Error() string {
	return fmt.Sprintf("%s is not cached, and this is an offline run", e.What)
}

// AuthError is a 401 or 403 answer.
type AuthError struct {
	// URL is redacted: no userinfo, no query.
	URL    string
	Status int
	// Sent says that credentials were sent and not accepted.
	Sent bool
	// Hint tells what to configure; it contains no secret.
	Hint string
}

func (e *AuthError) Error() string {
	return fmt.Sprintf("%s answered %d %s", e.URL, e.Status, http.StatusText(e.Status))
}

// NetworkError says that no usable answer came: the connection failed, broke,
// or the server answered 429 or 5xx (then it wraps a *StatusError), on every
// attempt.
type NetworkError struct {
	// URL is redacted: no userinfo, no query.
	URL      string
	Attempts int
	Err      error
}

func (e *NetworkError) Error() string {
	if e.Attempts == 1 {
		return fmt.Sprintf("%s: %v", e.URL, e.Err)
	}
	return fmt.Sprintf("%s: %v (%d attempts)", e.URL, e.Err, e.Attempts)
}

func (e *NetworkError) Unwrap() error { return e.Err }

// StatusError is an answer with a status that has no error type of its own.
type StatusError struct {
	URL    string
	Status int
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answered %d %s", e.URL, e.Status, http.StatusText(e.Status))
}

// DocumentError says that what came is not a package document: a captive
// portal's page, or a broken registry.
type DocumentError struct {
	URL         string
	ContentType string
	Err         error
}

func (e *DocumentError) Error() string {
	return fmt.Sprintf("%s answered with something other than a package document (%s): %v", e.URL, e.ContentType, e.Err)
}

func (e *DocumentError) Unwrap() error { return e.Err }

// SizeError says that a body is larger than allowed.
type SizeError struct {
	URL string
	// Limit is in bytes, after decompression.
	Limit int64
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%s is larger than %d bytes", e.URL, e.Limit)
}

// URLError says that a URL, from a document or a redirect, is not one that
// this client follows.
type URLError struct {
	URL string
	Why string
}

func (e *URLError) Error() string { return fmt.Sprintf("refusing %s: %s", e.URL, e.Why) }

// redact gives a URL without what may be secret: userinfo, query, fragment.
func redact(u *url.URL) string {
	c := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return c.String()
}

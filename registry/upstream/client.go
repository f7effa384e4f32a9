package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/ipnpm/ipnpm/internal/flight"
	"github.com/ipnpm/ipnpm/registry"
)

// Client asks one registry. It is safe for concurrent use, and keeps every
// document that it gave, so that each name costs one look-up a run.
type Client struct {
	opts    Options
	auth    credentials
	http    *http.Client
	sockets *sockets
	docs    flight.Group[docKey, *registry.Packument]
	// down has the hosts that last used up all attempts.
	down sync.Map

	mu       sync.Mutex
	degraded Degradation
	// editions are of the documents that were asked for.
	editions map[docKey]edition
}

type docKey struct {
	name string
	full bool
}

// Degradation tells of documents that had to be taken from the cache past
// their freshness, because the registry could not be reached.
type Degradation struct {
	// Names counts those documents.
	Names int
	// Err is the first reason; nil when Names is 0.
	Err error
}

// New checks the options and makes a client. Nothing is sent yet.
func New(o Options) (*Client, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	hc, err := newHTTP(o)
	if err != nil {
		return nil, err
	}
	return &Client{opts: o, auth: o.Auth, http: hc, sockets: newSockets(o.MaxSockets), editions: map[docKey]edition{}}, nil
}

// Base is the registry's URL, ending in a slash, without credentials.
func (c *Client) Base() *url.URL { u := *c.opts.Base; return &u }

// Degraded says how many documents came stale from the cache so far.
func (c *Client) Degraded() Degradation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.degraded
}

func (c *Client) degrade(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.degraded.Names++
	if c.degraded.Err == nil {
		c.degraded.Err = err
	}
}

// Packument returns a package's document, abbreviated, or full where
// publish times are needed. Errors: *registry.NotFoundError, *AuthError,
// *NetworkError, *OfflineError, *StatusError, *DocumentError, *SizeError,
// *URLError, *manifest.NameError; some are wrapped with the name.
func (c *Client) Packument(ctx context.Context, name string, full bool) (*registry.Packument, error) {
	return c.docs.Do(ctx, docKey{name, full}, func(ctx context.Context) (*registry.Packument, error) {
		u, err := c.docURL(name)
		if err != nil {
			return nil, err
		}
		d := &document{client: c, name: name, full: full, url: u}
		return d.load(ctx)
	})
}

// Tarball downloads a tarball; url is what the document's dist.tarball says,
// be it a bare file name. size is the expected length, 0 when unknown: a
// longer body is refused. The bytes are not verified here. Errors are those
// of Packument, a missing tarball being a *StatusError.
func (c *Client) Tarball(ctx context.Context, name, url string, size int64) ([]byte, error) {
	u, err := c.TarballURL(name, url)
	if err != nil {
		return nil, err
	}
	if c.opts.Offline {
		return nil, &OfflineError{What: redact(u)}
	}
	limit := c.opts.MaxTarball
	if size > 0 {
		limit = min(limit, size)
	}
	header := http.Header{"Accept": {"*/*"}, "Accept-Encoding": {"identity"}}
	resp, err := c.do(ctx, &request{url: u, header: header, limit: limit})
	if err != nil {
		return nil, err
	}
	if resp.status != http.StatusOK {
		return nil, c.statusError(u, resp.status)
	}
	return resp.body, nil
}

func (c *Client) statusError(u *url.URL, status int) error {
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return c.authError(u, status)
	}
	return &StatusError{URL: redact(u), Status: status}
}

// npm's Accept headers.
const (
	acceptAbbreviated = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"
	acceptFull        = "application/json"
)

// document is one look-up of a package document.
type document struct {
	client *Client
	name   string
	full   bool
	url    *url.URL
}

// load gets the document from the cache where that is allowed, else from the
// network.
func (d *document) load(ctx context.Context) (*registry.Packument, error) {
	opts := &d.client.opts
	d.is(edition{}) // until it is known
	cached, doc := d.cached()
	if doc != nil && d.usable(cached) {
		opts.Cache.again(d.url, d.full, cached)
		d.is(editionOf(cached.ETag))
		return doc, nil
	}
	if opts.Offline {
		return nil, &OfflineError{What: d.name}
	}
	resp, err := d.client.do(ctx, &request{url: d.url, header: d.header(cached), limit: opts.MaxDocument})
	if err == nil {
		fetched, err := d.answer(resp, cached, doc)
		return d.orStale(fetched, doc, err)
	}
	return d.orStale(nil, doc, fmt.Errorf("%s: %w", d.name, err))
}

// orStale falls back to a cached document when the registry cannot be
// reached, or someone else answers in its place.
func (d *document) orStale(fetched, stale *registry.Packument, err error) (*registry.Packument, error) {
	_, network := errors.AsType[*NetworkError](err)
	_, portal := errors.AsType[*DocumentError](err)
	if stale == nil || !network && !portal {
		return fetched, err
	}
	d.client.degrade(err)
	return stale, nil
}

// cached returns the cache's entry with the document in it, or nil for both.
func (d *document) cached() (*entry, *registry.Packument) {
	e := d.client.opts.Cache.get(d.url, d.full)
	if e == nil {
		return nil, nil
	}
	doc, err := d.client.opts.Cache.read(e, &request{url: d.url, limit: d.client.opts.MaxDocument})
	if err != nil || doc.Name != d.name {
		d.client.opts.Cache.drop(d.url, d.full)
		return nil, nil
	}
	return e, doc
}

func (d *document) usable(e *entry) bool {
	o := &d.client.opts
	switch {
	case o.Offline, o.PreferOffline:
		return true
	case o.PreferOnline:
		return false
	}
	return e.fresh(time.Now())
}

func (d *document) header(cached *entry) http.Header {
	h := http.Header{"Accept": {acceptAbbreviated}, "Accept-Encoding": {"gzip"}}
	if d.full {
		h.Set("Accept", acceptFull)
	}
	if cached != nil && cached.ETag != "" {
		h.Set("If-None-Match", cached.ETag)
	} else if cached != nil && cached.LastModified != "" {
		h.Set("If-Modified-Since", cached.LastModified)
	}
	return h
}

// answer turns a final answer into a document, and keeps it.
func (d *document) answer(resp *response, cached *entry, doc *registry.Packument) (*registry.Packument, error) {
	cache := d.client.opts.Cache
	switch {
	case resp.status == http.StatusNotModified && doc != nil:
		cache.revalidated(d.url, d.full, cached, resp.header)
		d.is(editionOf(cached.ETag))
		return doc, nil
	case resp.status == http.StatusNotFound:
		d.is(edition{known: true})
		return nil, &registry.NotFoundError{Name: d.name}
	case resp.status != http.StatusOK:
		return nil, fmt.Errorf("%s: %w", d.name, d.client.statusError(d.url, resp.status))
	}
	doc, err := d.parse(resp.body)
	if err != nil {
		return nil, &DocumentError{URL: redact(d.url), ContentType: resp.header.Get("Content-Type"), Err: err}
	}
	cache.put(d.url, d.full, resp.header, doc, resp.packed)
	d.is(editionOf(resp.header.Get("ETag")))
	return doc, nil
}

// parse reads a document and checks that it is the one asked for.
func (d *document) parse(body []byte) (*registry.Packument, error) {
	doc, err := registry.Parse(body)
	if err != nil {
		return nil, err
	}
	if doc.Name != d.name {
		return nil, fmt.Errorf("it is the document of %q", doc.Name)
	}
	return doc, nil
}

package upstream

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options configure a [Client]. Apart from Base, zero values are npm's
// defaults or sensible ones, except that Retries is taken literally.
type Options struct {
	// Base is the registry's URL, http or https; a path is a prefix.
	Base *url.URL
	// Auth lists credentials; each is sent only below its own prefix.
	Auth []Auth
	// TLS says whom to trust.
	TLS TLS
	// Proxy chooses a proxy for a request, nil result for none; see [Proxies].
	// A nil Proxy means no proxy: the environment is not read here.
	Proxy func(*http.Request) (*url.URL, error)

	// Retries is npm's fetch-retries (npm's default: 2): attempts after the
	// first. 0 means none.
	Retries int
	// RetryFactor is fetch-retry-factor; 10 when 0.
	RetryFactor float64
	// MinTimeout and MaxTimeout bound the wait between attempts
	// (fetch-retry-mintimeout, -maxtimeout); 10 s and 60 s when 0.
	MinTimeout, MaxTimeout time.Duration
	// FetchTimeout ends an attempt that has been silent for so long, be it
	// before the headers or between two reads (fetch-timeout); 5 min when 0.
	FetchTimeout time.Duration
	// MaxSockets is how many requests are under way at once (maxsockets),
	// which over HTTP/1 is the number of connections; 48 when 0.
	MaxSockets int
	// UserAgent is asked for the header of that name when a request is sent; with
	// nil or "" there is none.
	UserAgent func() string

	// Cache holds documents between runs; nil for none.
	Cache *Cache
	// Offline uses nothing but the cache, whatever its age. PreferOffline
	// uses it whatever its age and the network for the rest. PreferOnline
	// revalidates even what is still fresh. The first one set wins.
	Offline, PreferOffline, PreferOnline bool

	// ReplaceHost is npm's replace-registry-host: which host in a tarball URL
	// stands for this registry. ReplaceNPM when empty.
	ReplaceHost ReplaceHost

	// MaxDocument and MaxTarball limit bodies, in bytes after decoding;
	// 256 MiB and 1 GiB when 0.
	MaxDocument, MaxTarball int64
}

// TLS says which servers to trust.
type TLS struct {
	// CA holds PEM certificates (npm's ca), CAFile names a file of them
	// (cafile). When one is set they replace the system's, as in npm.
	CA     []string
	CAFile string
	// ExtraCAFile adds to the system's (Node's NODE_EXTRA_CA_CERTS).
	ExtraCAFile string
	// Insecure is strict-ssl=false: certificates are not verified.
	Insecure bool
}

// ReplaceHost is npm's replace-registry-host: ReplaceNPM, ReplaceAlways,
// ReplaceNever, a host name, or the beginning of a URL.
type ReplaceHost string

// The values of [ReplaceHost] that are not host names.
const (
	ReplaceNPM    ReplaceHost = "npmjs"
	ReplaceAlways ReplaceHost = "always"
	ReplaceNever  ReplaceHost = "never"
)

const (
	defaultMaxSockets  = 48
	defaultMaxDocument = 256 << 20
	defaultMaxTarball  = 1 << 30
)

// withDefaults fills zero values in and checks the base.
func (o Options) withDefaults() (Options, error) {
	base, err := cleanBase(o.Base)
	if err != nil {
		return o, err
	}
	o.Base = base
	if o.UserAgent == nil {
		o.UserAgent = func() string { return "" }
	}
	o.RetryFactor = orDefault(o.RetryFactor, 10)
	o.MinTimeout = orDefault(o.MinTimeout, 10*time.Second)
	o.MaxTimeout = orDefault(o.MaxTimeout, time.Minute)
	o.FetchTimeout = orDefault(o.FetchTimeout, 5*time.Minute)
	o.MaxSockets = orDefault(o.MaxSockets, defaultMaxSockets)
	o.ReplaceHost = orDefault(o.ReplaceHost, ReplaceNPM)
	o.MaxDocument = orDefault(o.MaxDocument, defaultMaxDocument)
	o.MaxTarball = orDefault(o.MaxTarball, defaultMaxTarball)
	return o, nil
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// cleanBase copies the base with exactly one slash at its end and nothing
// after the path.
func cleanBase(base *url.URL) (*url.URL, error) {
	if base == nil {
		return nil, fmt.Errorf("upstream: no registry URL")
	}
	if err := checkURL(base); err != nil {
		return nil, err
	}
	c := &url.URL{Scheme: base.Scheme, Host: base.Host, Path: "/"}
	return c.JoinPath(strings.TrimRight(base.EscapedPath(), "/"), "/"), nil
}

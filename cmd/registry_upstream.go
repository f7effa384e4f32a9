package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/mirror"
	"github.com/ipnpm/ipnpm/registry/upstream"
)

// upstreamRegistry is an npm registry, mirrored into the local store as it is
// used.
type upstreamRegistry struct {
	session *session
	address string
	base    *url.URL
	mirror  *mirror.Mirror
	client  *upstream.Client
	cache   *upstream.Cache
	// downloads are counted for the summary.
	downloads *ipfsstore.Meter
}

// openUpstream returns the client and mirror of an address, made once. Nothing
// is sent yet.
func (s *session) openUpstream(address string) (*upstreamRegistry, error) {
	s.upstreamsMu.Lock()
	defer s.upstreamsMu.Unlock()
	for _, r := range s.upstreams {
		if r.address == address {
			return r, nil
		}
	}
	r, err := s.newUpstream(address)
	if err == nil {
		s.upstreams = append(s.upstreams, r)
	}
	return r, err
}

func (s *session) newUpstream(address string) (*upstreamRegistry, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	o, err := s.upstreamOptions(base)
	if err != nil {
		return nil, err
	}
	client, err := upstream.New(o)
	if err != nil {
		return nil, err
	}
	r := &upstreamRegistry{session: s, address: address, base: base, client: client, cache: o.Cache, downloads: ipfsstore.NewMeter(base.Host)}
	r.mirror = mirror.New(mirror.Options{
		Upstream: counted{client, r}, Files: mirrorFiles{s.store}, Blocks: s.store,
		Dir: filepath.Join(s.dirs.data, "mirrors"), Full: !s.cfg.Before(s.app.now()).IsZero(),
	})
	return r, nil
}

// counted is the client as the mirror sees it, with the downloads counted.
type counted struct {
	*upstream.Client
	registry *upstreamRegistry
}

// Tarball implements mirror.Upstream.
func (c counted) Tarball(ctx context.Context, name, url string, size int64) ([]byte, error) {
	defer c.registry.downloads.Begin()()
	asked := time.Now()
	data, err := c.Client.Tarball(ctx, name, url, size)
	if err == nil {
		c.registry.downloads.Add(len(data))
		c.registry.session.trace.downloaded(c.registry.base.Host, url, len(data), time.Since(asked))
	}
	return data, err
}

// Usage says what was downloaded, in the form of the store's other sources.
func (r *upstreamRegistry) Usage() ipfsstore.Usage {
	return r.downloads.Usage()
}

// upstreamOptions takes npm's network keys from the configuration.
func (s *session) upstreamOptions(base *url.URL) (upstream.Options, error) {
	cfg := s.cfg
	proxy, err := upstream.Proxies{
		HTTP: cfg.String("proxy"), HTTPS: cfg.String("https-proxy"), NoProxy: cfg.String("noproxy"),
	}.Func()
	if err != nil {
		return upstream.Options{}, err
	}
	return upstream.Options{
		Base: base,
		Auth: authOf(cfg.Credentials(base)),
		TLS: upstream.TLS{
			CA: cfg.Strings("ca"), CAFile: cfg.String("cafile"),
			ExtraCAFile: s.app.Getenv("NODE_EXTRA_CA_CERTS"), Insecure: !cfg.Bool("strict-ssl"),
		},
		Proxy:         proxy,
		Retries:       cfg.Int("fetch-retries"),
		RetryFactor:   float64(cfg.Int("fetch-retry-factor")),
		MinTimeout:    cfg.Duration("fetch-retry-mintimeout"),
		MaxTimeout:    cfg.Duration("fetch-retry-maxtimeout"),
		FetchTimeout:  cfg.Duration("fetch-timeout"),
		MaxSockets:    s.maxSockets(),
		UserAgent:     s.userAgent,
		Cache:         upstream.NewCache(filepath.Join(s.dirs.cache, "packuments")),
		Offline:       cfg.Bool("offline"),
		PreferOffline: cfg.Bool("prefer-offline"),
		PreferOnline:  cfg.Bool("prefer-online"),
		ReplaceHost:   upstream.ReplaceHost(cfg.String("replace-registry-host")),
	}, nil
}

// maxSockets leaves npm's default of 15 connections to the client's own
// choice, and obeys what someone set.
func (s *session) maxSockets() int {
	if !s.cfg.IsSet("maxsockets") {
		return 0
	}
	return s.cfg.Int("maxsockets")
}

func authOf(c config.Credentials) []upstream.Auth {
	if c.IsZero() {
		return nil
	}
	return []upstream.Auth{{
		Prefix: c.Key, Token: c.Token, Basic: c.Basic, Username: c.Username, Password: c.Password,
		CertFile: c.CertFile, KeyFile: c.KeyFile,
	}}
}

// Packument implements packageRegistry through the mirror.
func (r *upstreamRegistry) Packument(ctx context.Context, name string) (*registry.Packument, error) {
	return r.mirror.Packument(withoutPeers(ctx), name)
}

// elsewhere is the address of a version's tarball where an npm registry names
// one that is not its own. What is on IPFS is had by CID, whoever has it.
func (s *session) elsewhere(v *registry.Version) string {
	from, err := s.registryFor(v.Name)
	if l, ok := from.(*layers); ok {
		key, known := l.keyOf(v.Name, v.Version)
		if !known {
			return "" // it was not picked, and what is locked is vetted by its address
		}
		from, err = s.registryAt(key)
	}
	r, ok := from.(*upstreamRegistry)
	if err != nil || !ok {
		return ""
	}
	return r.elsewhere(v)
}

// elsewhere is the same for what this registry's document says.
func (r *upstreamRegistry) elsewhere(v *registry.Version) string {
	if v.Dist.Tarball == "" {
		return ""
	}
	u, err := r.client.TarballURL(v.Name, v.Dist.Tarball)
	if err != nil || !r.client.Elsewhere(u) {
		return "" // what is no address is told when it is fetched
	}
	return u.String()
}

// Prefetch asks for many documents at once. The resolver of `registry mirror`
// uses it to go level by level, so that the same input always picks the same
// versions, whichever answer comes first. Failures show when the name is asked.
func (r *upstreamRegistry) Prefetch(ctx context.Context, names []string) error {
	var group errgroup.Group
	group.SetLimit(fetchers)
	for _, name := range names {
		group.Go(func() error {
			_, _ = r.Packument(ctx, name)
			return nil
		})
	}
	return group.Wait()
}

// sourcesTime is how long the sources on IPFS may take over a tarball that an
// npm registry has as well: a node that searches its peers for what none of
// them has would otherwise hold up every install.
const sourcesTime = 5 * time.Second

// Tarball takes bytes with a known CID from the store and its sources first,
// and downloads, verifies and imports what none of them brings in time. Peers
// are asked for what the registry does not serve.
func (r *upstreamRegistry) Tarball(ctx context.Context, v *registry.Version) (content, error) {
	if v.Dist.CID == "" {
		return r.download(ctx, v)
	}
	limited := ctx
	if r.session.useUpstream() {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(withoutPeers(ctx), sourcesTime)
		defer cancel()
	}
	c, err := r.session.fromStore(limited, v)
	if err == nil || ctx.Err() != nil || !r.session.useUpstream() {
		return c, err
	}
	c, second := r.download(ctx, v)
	if second == nil || ctx.Err() != nil {
		return c, second
	}
	if c, third := r.session.fromStore(ctx, v); third == nil {
		return c, nil
	}
	return c, errors.Join(err, second)
}

// download goes through the mirror, which also knows what it has already.
func (r *upstreamRegistry) download(ctx context.Context, v *registry.Version) (content, error) {
	// The CID is compared here and not by the mirror, for a lockfile may have
	// the digest written as a CID in its place.
	asked := *v
	asked.Dist.CID = ""
	t, err := r.mirror.Tarball(withoutPeers(ctx), &asked)
	if err != nil {
		return content{}, err
	}
	if v.Dist.CID != "" && v.Dist.CID != t.CID.String() && !isAliasOf(v.Dist.CID, t.Integrity) {
		return content{}, &registry.DigestError{Name: v.Name, Version: v.Version, Field: "cid", Old: v.Dist.CID, New: t.CID.String()}
	}
	return content{Data: t.Data, CID: t.CID.String(), Integrity: t.Integrity, Size: t.Size}, nil
}

// Degraded says in one sentence how far the answers were second best, "" when
// they were not.
func (r *upstreamRegistry) Degraded() string {
	d := r.mirror.Degraded()
	if d.Stale+d.Indexed == 0 {
		return ""
	}
	return fmt.Sprintf("%s could not be asked (%v); %d packages resolved from what is on this machine",
		r.base.Host, d.Err, d.Stale+d.Indexed)
}

// isAliasOf tells whether a CID is the raw sha2-512 form of an integrity.
func isAliasOf(text, integrity string) bool {
	alias, err := ipfsstore.CIDOfIntegrity(integrity)
	return err == nil && alias.String() == text
}

// State is empty: what an npm registry holds cannot be pinned, and its
// address is configuration.
func (r *upstreamRegistry) State() (lockfile.Registry, bool) { return lockfile.Registry{}, true }

// Record implements packageRegistry: the versions go into the local index.
func (r *upstreamRegistry) Record(ctx context.Context, versions []*registry.Version) error {
	_, err := r.mirror.Record(ctx, versions)
	return err
}

// Ping asks for a document that every npm registry has or knows not to have.
func (r *upstreamRegistry) Ping(ctx context.Context) error {
	_, err := r.client.Packument(ctx, "npm", false)
	var missing *registry.NotFoundError
	if errors.As(err, &missing) {
		return nil
	}
	return err
}

// Describe implements packageRegistry.
func (r *upstreamRegistry) Describe() string { return "mirror of " + r.base.Host }

// mirrorFiles fits the store to what a mirror needs of it.
type mirrorFiles struct{ *ipfsstore.Store }

// File implements mirror.Files.
func (f mirrorFiles) File(ctx context.Context, ref mirror.Ref) ([]byte, error) {
	return f.Store.File(ctx, ipfsstore.Ref{CID: ref.CID, Integrity: ref.Integrity, Size: ref.Size, Name: ref.Name})
}

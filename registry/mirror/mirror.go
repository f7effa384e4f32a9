package mirror

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/internal/flight"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/upstream"
)

// Upstream is the registry behind the mirror; *upstream.Client is one.
type Upstream interface {
	Base() *url.URL
	Packument(ctx context.Context, name string, full bool) (*registry.Packument, error)
	Tarball(ctx context.Context, name, url string, size int64) ([]byte, error)
	TarballURL(name, raw string) (*url.URL, error)
	Degraded() upstream.Degradation
	// SigningKeys are the keys that it signs versions with, none where it
	// does not.
	SigningKeys(ctx context.Context) ([]registry.SigningKey, error)
}

// Ref asks [Files] for a file; it has the shape of ipfsstore.Ref.
type Ref struct {
	CID       cid.Cid
	Integrity string
	// Size in bytes, 0 when unknown.
	Size int64
	// Name is name@version, for messages.
	Name string
}

// Files is where tarballs are kept; ipfsstore.Store is one but for the type
// of Ref.
type Files interface {
	// Import adds a file in the profile unixfs-v1-2025 and returns its CID.
	Import(ctx context.Context, data []byte) (cid.Cid, error)
	// File returns the bytes of a file, verified against CID and integrity.
	File(ctx context.Context, ref Ref) ([]byte, error)
	// HasFile tells whether all blocks of a file are there, without reading
	// the bytes.
	HasFile(c cid.Cid) bool
	// Known tells under which CID, and of what size in bytes, the file with
	// that integrity was once imported.
	Known(integrity string) (cid.Cid, int64, bool)
	// Remember makes an integrity known.
	Remember(integrity string, c cid.Cid, size int64) error
}

// Options configure a [Mirror].
type Options struct {
	Upstream Upstream
	Files    Files
	Blocks   registry.Blocks
	// Dir is the folder of state files, one an upstream; it is created when
	// first written to. Empty: no local index is read or written.
	Dir string
	// Full asks for full documents, which have publish times.
	Full bool
}

// Mirror is safe for concurrent use.
type Mirror struct {
	opts Options
	docs flight.Group[string, *registry.Packument]
	// fetching are tarballs under way: shared, and not kept.
	fetching flight.Group[string, Tarball]
	readers  flight.Group[string, *registry.Reader]
	state    *state

	mu       sync.Mutex
	sums     map[string]string // name@version → sha512, where the document has none
	degraded Degradation
}

// Degradation tells how far answers were second best.
type Degradation struct {
	// Stale counts documents that came from the cache past their freshness.
	Stale int
	// Indexed counts documents that came from the local index, which has only
	// what was used on this machine before.
	Indexed int
	// Err is a reason, such as *upstream.OfflineError; nil when nothing was
	// degraded.
	Err error
}

// New makes a mirror. Nothing is read or sent yet.
func New(o Options) *Mirror {
	m := &Mirror{opts: o, sums: make(map[string]string), state: newState(o.Dir, o.Upstream.Base())}
	m.fetching.Forget = true
	return m
}

// Degraded says how many answers so far were second best.
func (m *Mirror) Degraded() Degradation {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, up := m.degraded, m.opts.Upstream.Degraded()
	d.Stale = up.Names
	if d.Err == nil {
		d.Err = up.Err
	}
	return d
}

// Packument returns a package's document: the upstream's, or where the
// upstream cannot be reached and no document of its is cached, the local
// index's slice of it. Errors are the upstream client's; a
// *registry.NotFoundError carries near names that this machine has used.
func (m *Mirror) Packument(ctx context.Context, name string) (*registry.Packument, error) {
	return m.docs.Do(ctx, name, func(ctx context.Context) (*registry.Packument, error) {
		p, err := m.opts.Upstream.Packument(ctx, name, m.opts.Full)
		switch {
		case err == nil:
			return p, nil
		case unreachable(err):
			return m.fromIndex(ctx, name, err)
		}
		if missing, ok := errors.AsType[*registry.NotFoundError](err); ok && len(missing.Near) == 0 {
			return nil, &registry.NotFoundError{Name: missing.Name, Near: m.near(ctx, name)}
		}
		return nil, err
	})
}

// unreachable: the error says nothing about the package, only about the way
// to it.
func unreachable(err error) bool {
	if _, ok := errors.AsType[*upstream.NetworkError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*upstream.DocumentError](err); ok {
		return true
	}
	_, ok := errors.AsType[*upstream.OfflineError](err)
	return ok
}

// fromIndex answers from the local index, or with the reason why the upstream
// did not: that the index lacks a name does not mean that there is none.
func (m *Mirror) fromIndex(ctx context.Context, name string, reason error) (*registry.Packument, error) {
	r, err := m.index(ctx)
	if err != nil || r == nil {
		return nil, reason
	}
	p, err := r.Packument(ctx, name)
	if err != nil {
		return nil, reason
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.degraded.Indexed++
	if m.degraded.Err == nil {
		m.degraded.Err = reason
	}
	return p, nil
}

// index opens the local index at its present root; nil when there is none.
func (m *Mirror) index(ctx context.Context) (*registry.Reader, error) {
	root := m.state.read().root()
	if !root.Defined() {
		return nil, nil
	}
	return m.readers.Do(ctx, root.String(), func(ctx context.Context) (*registry.Reader, error) {
		return registry.OpenReader(ctx, m.opts.Blocks, root)
	})
}

// near finds names like this one in the local index.
func (m *Mirror) near(ctx context.Context, name string) []string {
	names, err := m.Names(ctx)
	if err != nil {
		return nil
	}
	return registry.Near(name, names)
}

// Names are the packages of the local index: those that this machine has used.
func (m *Mirror) Names(ctx context.Context) ([]string, error) {
	r, err := m.index(ctx)
	if err != nil || r == nil {
		return nil, err
	}
	return r.Names(ctx)
}

func id(v *registry.Version) string { return v.Name + "@" + v.Version }

// from names the place of a tarball in messages.
func (m *Mirror) from(v *registry.Version, err error) error {
	host := "upstream"
	if u, uerr := m.opts.Upstream.TarballURL(v.Name, tarballOf(v)); uerr == nil {
		host = u.Host
	}
	return fmt.Errorf("%s from %s: %w", id(v), host, err)
}

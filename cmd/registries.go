package cmd

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve"
)

// packageSource answers for the packages of some names: one registry, or the
// layers.
type packageSource interface {
	// Packument is the resolver's question.
	Packument(ctx context.Context, name string) (*registry.Packument, error)
	// Tarball brings a version's bytes, verified against everything that
	// v.Dist holds (integrity, CID, size), which may come from an index, an
	// upstream document or a lockfile.
	Tarball(ctx context.Context, v *registry.Version) (content, error)
}

// packageRegistry is one configured registry as the commands use it, whether
// it is an index on IPFS or an npm registry that is mirrored on the way.
type packageRegistry interface {
	packageSource
	// State is what the lockfile pins of the registry; false while nothing
	// has been resolved against it.
	State() (lockfile.Registry, bool)
	// Record keeps the versions that a project uses, so that they resolve
	// from this machine afterwards.
	Record(ctx context.Context, versions []*registry.Version) error
	// Ping tells whether it can be asked at all, for doctor.
	Ping(ctx context.Context) error
	// Describe is for people: "npm registry mirror", "ipns://k51… (#3)".
	Describe() string
}

// content is a verified tarball.
type content struct {
	Data      []byte
	CID       string
	Integrity string
	Size      int64
}

// tarball is the content for the installer, of a package of that name.
func (c content) tarball(name string) install.Tarball {
	return install.Tarball{Data: c.Data, Integrity: c.Integrity, Name: name}
}

// boundScope is a name's scope when that is bound to a registry of its own, and
// otherwise "".
func (s *session) boundScope(name string) string {
	scope, _, scoped := strings.Cut(name, "/")
	if scoped && strings.HasPrefix(scope, "@") && s.cfg.String(scope+":registry") != "" {
		return scope
	}
	return ""
}

// registryFor returns who serves a package, without touching the network. A
// scope that is bound to a registry is never looked up elsewhere.
func (s *session) registryFor(name string) (packageSource, error) {
	scope := s.boundScope(name)
	if scope == "" && s.layers != nil {
		return s.layers, nil
	}
	r, err := s.registryAt(cmp.Or(scope, lockfile.DefaultRegistry))
	if err != nil {
		return nil, fmt.Errorf("registry for %s: %w", name, err)
	}
	return r, nil
}

// registryAt returns the registry that the lockfile calls by a key.
func (s *session) registryAt(key string) (packageRegistry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.registries[key]; ok {
		return r, nil
	}
	r, err := s.openRegistry(s.addressOf(key))
	if err != nil {
		return nil, err
	}
	if index, ok := r.(*indexRegistry); ok {
		index.at = s.at[key]
	}
	s.registries[key] = r
	return r, nil
}

// registryKeys are those of all configured registries: the layers, the first
// to ask at the front, and the scopes.
func (s *session) registryKeys() []string {
	n := len(s.addresses)
	keys := make([]string, 0, n)
	for i := range s.addresses {
		keys = append(keys, lockfile.LayerKey(n-i))
	}
	return append(keys, s.cfg.Scopes()...)
}

// addressOf is where the registry with a key of the lockfile is.
func (s *session) addressOf(key string) string {
	if i := slices.Index(s.registryKeys(), key); i < len(s.addresses) && i >= 0 {
		return s.addresses[i]
	}
	return s.cfg.RegistryFor(key + "/")
}

// openRegistry makes the registry of an address: ipns://NAME, ipfs://ROOT or
// https://….
func (s *session) openRegistry(address string) (packageRegistry, error) {
	scheme, rest, ok := strings.Cut(address, "://")
	if path, isPath := strings.CutPrefix(address, "/"); isPath {
		scheme, rest, ok = strings.Cut(path, "/") // /ipns/NAME
	}
	rest = strings.TrimSuffix(rest, "/")
	switch {
	case ok && (scheme == "https" || scheme == "http"):
		return s.openUpstream(address)
	case ok && (scheme == "ipns" || scheme == "ipfs") && rest != "":
		if err := checkAddress(scheme, rest); err != nil {
			return nil, err
		}
		return &indexRegistry{session: s, scheme: scheme, name: rest}, nil
	}
	return nil, &hintError{
		err:  fmt.Errorf("%q is not a registry address", address),
		hint: "write registry=ipns://NAME, ipfs://ROOT or https://… in .npmrc, or give --registry",
	}
}

// index is the resolver's view of the registries. Indexes on IPFS gain from
// hearing a whole level of the tree at once; an npm registry, which answers one
// name a request, from being asked the moment a name comes up.
func (s *session) index(w *watch) resolve.Index {
	for _, key := range s.registryKeys() {
		if strings.HasPrefix(s.addressOf(key), "http") {
			return namedIndex{s, w}
		}
	}
	return batchIndex{namedIndex{s, w}}
}

// namedIndex asks for one name at a time; the name decides on the registry.
type namedIndex struct {
	session *session
	watch   *watch
}

// Packument implements resolve.Index.
func (x namedIndex) Packument(ctx context.Context, name string) (*registry.Packument, error) {
	end := x.session.begin("document", name)
	doc, err := x.session.packument(ctx, name)
	end()
	if err == nil {
		err = x.watch.check(doc)
	}
	return doc, err
}

func (s *session) packument(ctx context.Context, name string) (*registry.Packument, error) {
	if err := manifest.ValidateName(name); err != nil {
		return nil, err
	}
	r, err := s.registryFor(name)
	if err != nil {
		return nil, err
	}
	return r.Packument(ctx, name)
}

// batchIndex also takes batches; all its registries are indexes.
type batchIndex struct{ namedIndex }

// Prefetch implements resolve.Prefetcher.
func (x batchIndex) Prefetch(ctx context.Context, names []string) error {
	batches := map[resolve.Prefetcher][]string{}
	for _, name := range names {
		r, err := x.session.registryFor(name)
		if err != nil {
			return err
		}
		if index, ok := r.(resolve.Prefetcher); ok {
			batches[index] = append(batches[index], name)
		}
	}
	for index, batch := range batches {
		if err := index.Prefetch(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// versionOf is the registry's view of a lockfile entry, enough to fetch it.
func versionOf(name string, pkg *lockfile.Package) *registry.Version {
	v := &registry.Version{Dist: registry.Dist{CID: pkg.CID, Integrity: pkg.Integrity, Size: pkg.Size}}
	v.Name, v.Version = name, pkg.Version
	v.OS, v.CPU, v.Libc = pkg.OS, pkg.CPU, pkg.Libc
	return v
}

// checkAddress refuses what cannot be an IPNS name or a root before anybody
// is asked for it.
func checkAddress(scheme, name string) error {
	var err error
	if scheme == "ipns" {
		_, err = ipfsstore.ParseName(name)
	} else {
		_, err = ipfsstore.ParseCID(name)
	}
	if err == nil {
		return nil
	}
	return &hintError{
		err:  fmt.Errorf("%s://%s is no address: %w", scheme, name, err),
		hint: "an IPNS name is the hash of a key (k51…), a root a CID (baf…), as `ipnpm registry publish` prints them",
	}
}

package cmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve"
	"github.com/ipnpm/ipnpm/resolve/pick"
)

// layers are the registries, several of them, that serve the names without a
// bound scope. Of each name the first registry that has it serves all
// versions, so that nobody further down can add a version of his own to a
// package of the team's. They are asked one after the other: a name that an
// upper one has is none of the lower ones' business, and one that cannot be
// asked is an error, since the same name may be another package further down.
//
// Two keys of the configuration ask more of them at once: registry-merge for
// the versions of all, and registry-quorum for the agreement of several.
type layers struct {
	session *session
	keys    []string // of the lockfile, the first to ask at the front
	merge   []string
	quorum  int
	exempt  []string // from the quorum

	mu     sync.Mutex
	owners map[string]ownership // by name
	locked map[string]string    // name@version → key, as the lockfile has it
}

// ownership is which layer a name's versions are from.
type ownership struct {
	key string
	doc *registry.Packument
	// keys has them by version where several layers are merged.
	keys map[string]string
	// dissent are the versions on which not all of a quorum's registries agree.
	dissent map[string]*registry.Dissent
}

func newLayers(s *session) *layers {
	return &layers{
		session: s, keys: s.registryKeys()[:len(s.addresses)],
		merge: s.cfg.Strings("registry-merge"), quorum: s.cfg.Int("registry-quorum"), exempt: s.cfg.Strings("registry-quorum-exclude"),
		owners: map[string]ownership{}, locked: map[string]string{},
	}
}

// expect takes from a lockfile which layer its packages came from, for those
// that nobody looks up again.
func (l *layers) expect(lock *lockfile.Lockfile) {
	if l == nil || lock == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for location, pkg := range lock.Packages {
		if key := firstNonEmpty(pkg.Registry, lockfile.DefaultRegistry); slices.Contains(l.keys, key) {
			l.locked[packageName(location, pkg)+"@"+pkg.Version] = key
		}
	}
}

// keyOf is the layer that a version is from, false while nobody knows.
func (l *layers) keyOf(name, version string) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o, known := l.owners[name]
	switch {
	case known && o.keys != nil && o.keys[version] != "":
		return o.keys[version], true
	case known && o.keys == nil && o.doc.Has(version):
		return o.key, true
	}
	key, ok := l.locked[name+"@"+version]
	return key, ok
}

func (l *layers) own(name string, o ownership) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.owners[name] = o
}

// several tells whether more than the first registry that has it is asked for
// a name.
func (l *layers) several(name string) bool { return l.merges(name) || l.votes(name) }

func (l *layers) merges(name string) bool { return pick.Matches(name, l.merge) }

func (l *layers) votes(name string) bool { return l.quorum > 1 && !pick.Matches(name, l.exempt) }

// layer is one registry's answer.
type layer struct {
	key string
	doc *registry.Packument
}

// Packument implements packageSource.
func (l *layers) Packument(ctx context.Context, name string) (*registry.Packument, error) {
	found, err := l.ask(ctx, name)
	if err != nil {
		return nil, err
	}
	o := ownership{key: found[0].key, doc: found[0].doc}
	if l.several(name) {
		o = l.join(name, found)
	}
	l.own(name, o)
	return o.doc, nil
}

// ask returns the document of the first layer that has the name, or of all
// that have it.
func (l *layers) ask(ctx context.Context, name string) ([]layer, error) {
	var found []layer
	var missing error
	for i, key := range l.keys {
		r, err := l.session.registryAt(key)
		if err != nil {
			return nil, err
		}
		doc, err := r.Packument(ctx, name)
		switch _, lacks := errors.AsType[*registry.NotFoundError](err); {
		case err == nil:
			found = append(found, layer{key, doc})
		case lacks:
			missing = err
		case len(found) > 0 && !l.merges(name) && ctx.Err() == nil:
			// The name is another's already; this one's vote is lost.
			l.session.notice("%s could not be asked for %s and has no vote: %v", l.session.addressOf(key), name, err)
		case i < len(l.keys)-1:
			return nil, &layerError{registry: l.session.addressOf(key), name: name, err: err}
		default:
			return nil, err
		}
		if len(found) > 0 && !l.several(name) {
			break
		}
	}
	if len(found) == 0 {
		return nil, missing
	}
	return found, nil
}

// layerError says that an upper layer did not answer, so that nobody knows
// whose a name is.
type layerError struct {
	registry, name string
	err            error
}

func (e *layerError) Error() string {
	return fmt.Sprintf("%s could not be asked whether it has %s: %v", e.registry, e.name, e.err)
}

func (e *layerError) Unwrap() error { return e.err }

// Hint implements hinter.
func (e *layerError) Hint() string {
	return "the registries below it are not asked in its place, where the name may be another package: ask again when it answers, or take it out of .npmrc"
}

// join makes one document of several registries' answers.
func (l *layers) join(name string, found []layer) ownership {
	docs := make([]registry.Layer, len(found))
	for i, f := range found {
		docs[i] = registry.Layer{Registry: l.session.addressOf(f.key), Document: f.doc}
	}
	o := ownership{key: found[0].key, doc: found[0].doc}
	if l.merges(name) {
		merged, from := registry.Overlay(docs)
		o.doc, o.keys = merged, make(map[string]string, len(from))
		for version, i := range from {
			o.keys[version] = found[i].key
		}
	}
	if l.votes(name) {
		o.doc, o.dissent = registry.Quorum(o.doc, docs, l.quorum)
	}
	return o
}

// tellDissent warns of those versions that were picked by a quorum though some
// registry has other bytes.
func (l *layers) tellDissent(picked map[string]*registry.Version) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(picked)) {
		v := picked[id]
		if against := l.owners[v.Name].dissent[v.Version]; against != nil {
			l.session.notice("%s; ask its owner", against)
		}
	}
}

// Prefetch implements resolve.Prefetcher where all layers are indexes: what
// one does not have is asked of the next, a batch each.
func (l *layers) Prefetch(ctx context.Context, names []string) error {
	for _, key := range l.keys {
		r, err := l.session.registryAt(key)
		if err != nil {
			return err
		}
		if index, ok := r.(resolve.Prefetcher); ok {
			if err := index.Prefetch(ctx, names); err != nil {
				return err
			}
		}
		var rest []string
		for _, name := range names {
			if _, err := r.Packument(ctx, name); err != nil || l.several(name) {
				rest = append(rest, name)
			}
		}
		names = rest
	}
	return nil
}

// Tarball implements packageSource: from the layer that the version is from,
// and where that does not have it from the others, for bytes of a known digest
// are the same whoever brings them.
func (l *layers) Tarball(ctx context.Context, v *registry.Version) (content, error) {
	keys := l.keys
	if first, known := l.keyOf(v.Name, v.Version); known {
		keys = append([]string{first}, slices.DeleteFunc(slices.Clone(l.keys), func(k string) bool { return k == first })...)
	}
	var failed []error
	for _, key := range keys {
		r, err := l.session.registryAt(key)
		if err != nil {
			return content{}, err
		}
		c, err := r.Tarball(ctx, v)
		if err == nil {
			return c, nil
		}
		failed = append(failed, err)
		if !lacksBytes(err) || ctx.Err() != nil || v.Dist.CID == "" && v.Dist.Integrity == "" {
			break
		}
	}
	return content{}, errors.Join(failed...)
}

// lacksBytes tells a registry that does not have a tarball from one that has a
// wrong one, or cannot be asked.
func lacksBytes(err error) bool {
	var (
		name    *registry.NotFoundError
		version *registry.VersionNotFoundError
		bytes   *ipfsstore.UnavailableError
	)
	return errors.As(err, &name) || errors.As(err, &version) || errors.As(err, &bytes)
}

// checkLayers refuses a quorum that can never be reached.
func (s *session) checkLayers() error {
	if k := s.cfg.Int("registry-quorum"); k > len(s.addresses) && k > 1 {
		return &hintError{
			err:  fmt.Errorf("registry-quorum=%d, and there are %d registries to agree", k, len(s.addresses)),
			hint: "name more of them with registry= or registries= in .npmrc, or ask for less agreement",
		}
	}
	return nil
}

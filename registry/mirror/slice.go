package mirror

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry"
)

// Slice makes an index of its own of just these versions, for somebody who has
// nothing else, and returns its root, which depends on nothing but them and the
// upstream's address. The upstream's local index stays as it is.
func (m *Mirror) Slice(ctx context.Context, versions []*registry.Version) (cid.Cid, error) {
	fresh, err := m.slices(ctx, versions)
	if err != nil {
		return cid.Undef, err
	}
	docs := slices.Collect(maps.Values(fresh))
	for _, p := range docs {
		setLatest(p)
	}
	url := m.opts.Upstream.Base()
	return m.commit(ctx, cid.Undef, docs, registry.Info{Name: url.Host, Upstream: url.String()})
}

// Adopt adds all that an index has, which somebody made with [Mirror.Slice], to
// the upstream's local index, as [Mirror.Record] would.
func (m *Mirror) Adopt(ctx context.Context, r *registry.Reader) error {
	fresh, err := documents(ctx, r)
	if err == nil {
		_, err = m.add(ctx, fresh)
	}
	return err
}

// Admits tells whether [Mirror.Adopt] would take all of the index: an error for
// each digest that contradicts one which was recorded before.
func (m *Mirror) Admits(ctx context.Context, r *registry.Reader) error {
	fresh, err := documents(ctx, r)
	if err != nil {
		return err
	}
	_, own, err := m.base(ctx, m.state.read().root())
	if err != nil {
		return err
	}
	_, alarm, err := merge(ctx, own, fresh)
	return errors.Join(alarm, err)
}

// documents reads all that an index has.
func documents(ctx context.Context, r *registry.Reader) (map[string]*registry.Packument, error) {
	names, err := r.Names(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.Prefetch(ctx, names); err != nil {
		return nil, err
	}
	out := make(map[string]*registry.Packument, len(names))
	for _, name := range names {
		if out[name], err = r.Packument(ctx, name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

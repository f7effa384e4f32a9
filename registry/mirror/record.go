package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry"
)

// Record adds versions to the upstream's local index, with the CID, size and
// digest of their tarballs, and returns its root. Versions whose tarball this
// machine has never had are left out, since an index must name bytes. When
// nothing is new, the root stays as it is. The root is undefined when the
// Mirror has no Dir.
//
// A version whose digest has changed since it was recorded is left as it was
// and reported by a *registry.DigestError; the others are recorded
// nevertheless.
func (m *Mirror) Record(ctx context.Context, versions []*registry.Version) (cid.Cid, error) {
	if m.state.path == "" {
		return cid.Undef, nil
	}
	fresh, err := m.slices(ctx, versions)
	if err != nil {
		return cid.Undef, err
	}
	return m.add(ctx, fresh)
}

// add makes the local index's next state.
func (m *Mirror) add(ctx context.Context, fresh map[string]*registry.Packument) (cid.Cid, error) {
	unlock, err := m.state.lock(ctx)
	if err != nil {
		return cid.Undef, err
	}
	defer unlock()
	was := m.state.read()
	base, r, err := m.base(ctx, was.root())
	if err != nil {
		return cid.Undef, err
	}
	changed, alarm, err := merge(ctx, r, fresh)
	if err != nil || len(changed) == 0 {
		return base, errors.Join(alarm, err)
	}
	url := m.opts.Upstream.Base()
	info := registry.Info{
		Name: url.Host, Upstream: url.String(), Sequence: was.Sequence + 1, Time: time.Now(),
	}
	root, err := m.commit(ctx, base, changed, info)
	if err != nil {
		return base, errors.Join(alarm, err)
	}
	err = m.state.write(record{Upstream: url.String(), Root: root.String(), Sequence: info.Sequence})
	return root, errors.Join(alarm, err)
}

// base opens the local index that a new state begins from. One that cannot be
// read any more (the store was cleaned) is abandoned; one that a newer ipnpm
// wrote is left alone.
func (m *Mirror) base(ctx context.Context, root cid.Cid) (cid.Cid, *registry.Reader, error) {
	if !root.Defined() {
		return root, nil, nil
	}
	r, err := registry.OpenReader(ctx, m.opts.Blocks, root)
	if err == nil {
		return root, r, nil
	}
	if _, newer := errors.AsType[*registry.NewerFormatError](err); newer || ctx.Err() != nil {
		return cid.Undef, nil, err
	}
	return cid.Undef, nil, nil
}

func (m *Mirror) commit(ctx context.Context, base cid.Cid, docs []*registry.Packument, info registry.Info) (cid.Cid, error) {
	w, err := m.writer(ctx, base, docs)
	if err != nil {
		return cid.Undef, err
	}
	return w.Commit(ctx, info)
}

func (m *Mirror) writer(ctx context.Context, base cid.Cid, docs []*registry.Packument) (*registry.Writer, error) {
	w, err := registry.NewWriter(ctx, m.opts.Blocks, base)
	if err != nil {
		return nil, err
	}
	for _, p := range docs {
		w.Put(p)
	}
	return w, nil
}

// merge joins each slice with what r has of it and returns those that say
// something new. alarm joins the digest errors of names that are left alone.
func merge(ctx context.Context, r *registry.Reader, fresh map[string]*registry.Packument) (changed []*registry.Packument, alarm, err error) {
	names := slices.Sorted(maps.Keys(fresh))
	if r != nil {
		if err := r.Prefetch(ctx, names); err != nil {
			return nil, nil, err
		}
	}
	for _, name := range names {
		p, isNew, err := mergeOne(ctx, r, fresh[name])
		if _, changed := errors.AsType[*registry.DigestError](err); changed {
			alarm = errors.Join(alarm, err)
			continue
		}
		if err != nil {
			return nil, alarm, err
		}
		if isNew {
			changed = append(changed, p)
		}
	}
	return changed, alarm, nil
}

func mergeOne(ctx context.Context, r *registry.Reader, fresh *registry.Packument) (p *registry.Packument, isNew bool, err error) {
	if r == nil {
		setLatest(fresh)
		return fresh, true, nil
	}
	old, err := r.Packument(ctx, fresh.Name)
	if _, missing := errors.AsType[*registry.NotFoundError](err); missing {
		setLatest(fresh)
		return fresh, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	p, err = registry.Merge(old, fresh)
	if err != nil {
		return nil, false, err
	}
	setLatest(p)
	was, err := old.Encode()
	if err != nil {
		return nil, false, err
	}
	is, err := p.Encode()
	return p, !bytes.Equal(was, is), err
}

// slices makes, of each package, a document with just these versions.
func (m *Mirror) slices(ctx context.Context, versions []*registry.Version) (map[string]*registry.Packument, error) {
	out := make(map[string]*registry.Packument)
	for _, v := range versions {
		stamped, err := m.stamp(ctx, v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", id(v), err)
		}
		if stamped == nil {
			continue
		}
		p := out[v.Name]
		if p == nil {
			p = m.emptySlice(ctx, v.Name)
			out[v.Name] = p
		}
		if err := p.Set(stamped); err != nil {
			return nil, err
		}
	}
	return out, ctx.Err()
}

// emptySlice has the dist-tags of the upstream's document if that is at hand;
// without them, a merge keeps those that were recorded before.
func (m *Mirror) emptySlice(ctx context.Context, name string) *registry.Packument {
	doc, err := m.Packument(ctx, name)
	if err != nil {
		return registry.New(name)
	}
	return doc.Slice(func(string) bool { return false })
}

// stamp copies a version with what the index says of its bytes; nil when they
// are not known.
func (m *Mirror) stamp(ctx context.Context, v *registry.Version) (*registry.Version, error) {
	want, err := digestOf(v)
	if err != nil {
		return nil, err
	}
	sum := m.sum(v)
	if single, ok := want.Single(); ok && sum == "" && single.Algorithm == "sha512" {
		sum = single.String()
	}
	if sum == "" {
		t, ok, err := m.stored(ctx, v, want)
		if !ok {
			return nil, err
		}
		sum = t.Integrity
	}
	c, size, ok := m.opts.Files.Known(sum)
	if !ok || size <= 0 {
		return nil, nil
	}
	stamped := *v
	stamped.Dist.CID, stamped.Dist.Size, stamped.Dist.Integrity = c.String(), size, sum
	stamped.Dist.Tarball = ""
	return &stamped, nil
}

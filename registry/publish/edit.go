package publish

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry"
)

// Change alters one document in place. That of a name which the index does not
// have comes to it without versions; one left without versions is removed.
type Change func(*registry.Packument) error

// Edit applies changes by name to the index at base, cid.Undef for an empty one,
// and returns the root of its next state, or base when all stays as it is: the
// documents, the providers, and which static registries the index is as well. Of info a zero
// Sequence becomes the base's plus one, and what is empty of Upstream,
// Providers and Keys the base's.
func Edit(ctx context.Context, bs registry.Blocks, base cid.Cid, info registry.Info, changes map[string]Change) (cid.Cid, error) {
	r, err := open(ctx, bs, base)
	if err != nil {
		return base, err
	}
	docs, err := apply(ctx, r, changes)
	if err != nil {
		return base, err
	}
	var was registry.Info
	if r != nil {
		was = r.Info()
	}
	if len(docs) == 0 && saysSame(info, was) {
		return base, nil
	}
	w, err := registry.NewWriter(ctx, bs, base)
	if err != nil {
		return base, err
	}
	for _, doc := range docs {
		w.Put(doc)
	}
	return w.Commit(ctx, follow(info, was))
}

// saysSame says that nothing of info makes a state of its own: what is empty of
// it stays as it was.
func saysSame(info, was registry.Info) bool {
	providers := info.Providers == nil || slices.Equal(info.Providers, was.Providers)
	advisories := info.Advisories == nil || was.Advisories != nil && *info.Advisories == *was.Advisories
	return providers && advisories && info.NPM == was.NPM && info.Static == was.Static
}

// Try finds out whether Edit could be done, and writes nothing.
func Try(ctx context.Context, bs registry.Blocks, base cid.Cid, changes map[string]Change) error {
	r, err := open(ctx, bs, base)
	if err != nil {
		return err
	}
	_, err = apply(ctx, r, changes)
	return err
}

// open is the reader of a state, nil for the empty one.
func open(ctx context.Context, bs registry.Blocks, base cid.Cid) (*registry.Reader, error) {
	if !base.Defined() {
		return nil, nil
	}
	return registry.OpenReader(ctx, bs, base)
}

// apply returns the documents that the changes make different.
func apply(ctx context.Context, r *registry.Reader, changes map[string]Change) ([]*registry.Packument, error) {
	names := slices.Sorted(maps.Keys(changes))
	if r != nil {
		if err := r.Prefetch(ctx, names); err != nil {
			return nil, err
		}
	}
	var docs []*registry.Packument
	for _, name := range names {
		doc, isNew, err := edited(ctx, r, name, changes[name])
		if err != nil {
			return nil, err
		}
		if isNew {
			docs = append(docs, doc)
		}
	}
	return docs, nil
}

func follow(info, was registry.Info) registry.Info {
	if info.Sequence == 0 {
		info.Sequence = was.Sequence + 1
	}
	if info.Upstream == "" {
		info.Upstream = was.Upstream
	}
	if info.Providers == nil {
		info.Providers = was.Providers
	}
	if info.Keys == nil {
		info.Keys = was.Keys
	}
	return info
}

// edited returns a changed copy of a document, and whether it says anything
// else than the index does.
func edited(ctx context.Context, r *registry.Reader, name string, change Change) (*registry.Packument, bool, error) {
	old, err := Document(ctx, r, name)
	if err != nil {
		return nil, false, err
	}
	doc := old.Slice(func(string) bool { return true })
	if err := change(doc); err != nil {
		return nil, false, err
	}
	was, err := old.Encode()
	if err != nil {
		return nil, false, err
	}
	is, err := doc.Encode()
	return doc, string(was) != string(is), err
}

// Document is what an index has under a name, and one without versions when it
// has nothing, or when r is nil.
func Document(ctx context.Context, r *registry.Reader, name string) (*registry.Packument, error) {
	if r == nil {
		return registry.New(name), nil
	}
	doc, err := r.Packument(ctx, name)
	if _, missing := errors.AsType[*registry.NotFoundError](err); missing {
		return registry.New(name), nil
	}
	return doc, err
}

// maxStates bounds how far back Former looks.
const maxStates = 500

// Former finds a version that the index at root, or a state before it, has had;
// nil when none had it, as far as the states can be read: those that were
// cleaned up say nothing any more.
func Former(ctx context.Context, bs registry.Blocks, root cid.Cid, name, version string) (*registry.Version, error) {
	for range maxStates {
		if !root.Defined() {
			return nil, nil
		}
		r, err := registry.OpenReader(ctx, bs, root)
		if err != nil {
			return nil, ctx.Err() //nolint:nilerr // a state that is gone ends the search
		}
		doc, err := Document(ctx, r, name)
		if err != nil {
			return nil, ctx.Err() //nolint:nilerr // as above
		}
		if doc.Has(version) {
			return doc.Version(version)
		}
		if root, err = previous(r.Info()); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func previous(info registry.Info) (cid.Cid, error) {
	if info.Previous == "" {
		return cid.Undef, nil
	}
	c, err := cid.Decode(info.Previous)
	if err != nil {
		return cid.Undef, fmt.Errorf("previous state: %w", err)
	}
	return c, nil
}

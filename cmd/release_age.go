package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/pick"
)

// Where a registry has a history, min-release-age counts from a version's first
// appearance in it and not from the time that its publisher wrote. What the
// newest state before the cut-off has is old enough, what came later is not.
// What the first state of all has may be of any age: of it the publisher's word
// counts, as in a registry without history.

// past is the state that versions must be in; without a reader, of a registry
// of one state only, it keeps nothing back.
type past struct {
	state  registry.State
	reader *registry.Reader
}

// openPast finds the state and opens it, once.
func (r *indexRegistry) openPast(ctx context.Context, newest *registry.Reader) (*past, error) {
	age := r.session.cfg.ReleaseAge()
	if age <= 0 {
		return &past{}, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.past != nil {
		return r.past, nil
	}
	state, err := stateBefore(ctx, r.session.store, newest, r.session.app.now().Add(-age))
	if err != nil {
		return nil, err
	}
	p := &past{state: state}
	if !state.Root.Equals(newest.Root()) {
		if p.reader, err = registry.OpenReader(ctx, r.session.store, state.Root); err != nil {
			return nil, fmt.Errorf("open state #%d, which min-release-age counts from: %w", state.Info.Sequence, err)
		}
	}
	r.past = p
	return p, nil
}

// stateBefore is the newest state not made after a time, or the oldest that can
// be had. A state that claims to be older than the one before it does not count.
func stateBefore(ctx context.Context, src registry.Blocks, newest *registry.Reader, cutoff time.Time) (registry.State, error) {
	oldest := registry.State{Root: newest.Root(), Info: newest.Info()}
	var found *registry.State
	for state, err := range registry.History(ctx, src, newest.Root()) {
		if err != nil && ctx.Err() != nil {
			return oldest, err
		}
		if err != nil {
			break // the states before are not here any more
		}
		oldest = state
		if found != nil && !state.Info.Time.After(found.Info.Time) {
			break
		}
		found = nil
		if !state.Info.Time.After(cutoff) {
			found = &state
		}
	}
	if found != nil {
		return *found, nil
	}
	return oldest, nil
}

// aged keeps back the versions of a document that appeared too late.
func (r *indexRegistry) aged(ctx context.Context, newest *registry.Reader, doc *registry.Packument) (*registry.Packument, error) {
	if pick.Matches(doc.Name, r.session.cfg.Strings("min-release-age-exclude")) {
		return doc, nil
	}
	p, err := r.openPast(ctx, newest)
	if err != nil || p.reader == nil {
		return doc, err
	}
	old, err := p.reader.Packument(ctx, doc.Name)
	if _, missing := errors.AsType[*registry.NotFoundError](err); missing {
		old, err = registry.New(doc.Name), nil
	}
	if err != nil {
		return nil, err
	}
	out := doc.Slice(func(string) bool { return true })
	for _, version := range doc.VersionList() {
		if !old.Has(version) {
			out.Hold(version, fmt.Sprintf("first appeared in the registry after %s, and min-release-age wants it to be older",
				p.state.Info.Time.Format(time.RFC3339)))
			continue
		}
		if err := sameAsBefore(old, doc, version); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sameAsBefore holds a version to have the bytes that it appeared with.
func sameAsBefore(old, doc *registry.Packument, version string) error {
	was, err := old.Version(version)
	if err != nil {
		return err
	}
	is, err := doc.Version(version)
	if err != nil {
		return nil //nolint:nilerr // whoever asks for it hears of that
	}
	return registry.CheckDigest(was, is)
}

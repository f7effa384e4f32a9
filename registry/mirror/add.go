package mirror

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/upstream"
	"github.com/ipnpm/ipnpm/tarball"
)

// AddOptions say where [Mirror.Add] adds to.
type AddOptions struct {
	// Base is the root of the index to extend, cid.Undef for a new one.
	Base cid.Cid
	// Unfinished says that the base is a state in the making, whose place in the
	// history the new one takes: Info.Previous is as the caller has it.
	Unfinished bool
	// Info becomes registry.json. A zero Sequence becomes the base's plus
	// one; an empty Upstream the mirror's; Name, Providers and Keys the base's.
	Info registry.Info
	// Concurrency is how many tarballs are under way at once; 32 when 0.
	Concurrency int
	// OnTarball hears of every tarball that has arrived, from several
	// goroutines. May be nil.
	OnTarball func(v *registry.Version, size int64)
}

// Added is the outcome of [Mirror.Add].
type Added struct {
	Root cid.Cid
	// Changed counts the packages whose document differs from the base's. When
	// it is 0, Root is the base.
	Changed int
	// Versions and Bytes count what was asked for: versions, and the size of
	// their tarballs.
	Versions int
	Bytes    int64
	// Fetched counts the versions whose tarball was not here before.
	Fetched int
	// Signed counts the versions whose signatures hold, and Unsigned lists
	// those that have none though the upstream signs.
	Signed   int
	Unsigned []string
}

const defaultConcurrency = 32

// addNames is how many packages are brought in and written at a time, which
// bounds the documents in memory.
const addNames = 256

// Add fetches the tarballs of versions, which are a resolve closure with the
// variants for all platforms, puts them into an index and returns its new
// root, to be published by whoever holds its key. Unlike Record it is all or
// nothing: the first tarball that cannot be had, any *registry.DigestError and
// any *registry.SignatureError is the end of it, though blocks may have been
// stored, which the next attempt finds.
func (m *Mirror) Add(ctx context.Context, versions []*registry.Version, o AddOptions) (Added, error) {
	done := Added{Root: o.Base, Versions: len(versions)}
	if err := m.fill(ctx, &o); err != nil {
		return done, err
	}
	for _, part := range byNames(versions, addNames) {
		if err := m.addPart(ctx, part, o, &done); err != nil {
			done.Root = o.Base
			return done, err
		}
	}
	return done, nil
}

// byNames cuts versions into parts of so many names, sorted.
func byNames(versions []*registry.Version, names int) [][]*registry.Version {
	sorted := slices.SortedStableFunc(slices.Values(versions), func(a, b *registry.Version) int { return strings.Compare(a.Name, b.Name) })
	var parts [][]*registry.Version
	start, count := 0, 0
	for i := range sorted {
		if i > 0 && sorted[i].Name == sorted[i-1].Name {
			continue
		}
		if count++; count > names {
			parts = append(parts, sorted[start:i])
			start, count = i, 1
		}
	}
	return append(parts, sorted[start:])
}

// addPart brings the versions in, and moves done.Root on. What lies between the
// parts has the info of the end: nobody tells from the outcome how many there
// were.
func (m *Mirror) addPart(ctx context.Context, versions []*registry.Version, o AddOptions, done *Added) error {
	if err := done.verify(versions, o.Info.Keys); err != nil {
		return err
	}
	var r *registry.Reader
	var err error
	if done.Root.Defined() {
		if r, err = registry.OpenReader(ctx, m.opts.Blocks, done.Root); err != nil {
			return err
		}
	}
	f := &fetching{mirror: m, base: r, options: o, done: done}
	if versions, err = f.all(ctx, versions); err != nil {
		return err
	}
	fresh, err := m.slices(ctx, versions)
	if err != nil {
		return err
	}
	changed, alarm, err := merge(ctx, r, fresh)
	if alarm != nil {
		err = alarm
	}
	if err != nil || len(changed) == 0 {
		return err
	}
	done.Changed += len(changed)
	w, err := m.writer(ctx, done.Root, changed)
	if err != nil {
		return err
	}
	done.Root, err = w.CommitAs(ctx, o.Info)
	return err
}

// verify checks signatures, as far as there are keys.
func (a *Added) verify(versions []*registry.Version, keys []registry.SigningKey) error {
	for _, v := range versions {
		signed, err := registry.VerifySignatures(v, keys)
		switch {
		case err != nil:
			return err
		case signed:
			a.Signed++
		case len(keys) > 0:
			a.Unsigned = append(a.Unsigned, id(v))
		}
	}
	return nil
}

// fill completes the info from the base and the upstream.
func (m *Mirror) fill(ctx context.Context, o *AddOptions) error {
	var was registry.Info
	if o.Base.Defined() {
		r, err := registry.OpenReader(ctx, m.opts.Blocks, o.Base)
		if err != nil {
			return err
		}
		was = r.Info()
	}
	if o.Info.Sequence == 0 {
		o.Info.Sequence = was.Sequence + 1
	}
	if o.Info.Name == "" {
		o.Info.Name = was.Name
	}
	if o.Info.Providers == nil {
		o.Info.Providers = was.Providers
	}
	if o.Info.Upstream == "" {
		o.Info.Upstream = m.opts.Upstream.Base().String()
	}
	if o.Info.Previous == "" && o.Base.Defined() && !o.Unfinished {
		o.Info.Previous = o.Base.String()
	}
	keys, err := m.opts.Upstream.SigningKeys(ctx)
	if _, offline := errors.AsType[*upstream.OfflineError](err); offline {
		keys, err = was.Keys, nil
	}
	if o.Info.Keys == nil {
		o.Info.Keys = keys
	}
	return err
}

// measure fills in what the publisher did not say about the contents. A
// tarball that cannot be walked is not refused here: whether to unpack it is
// for the one who unpacks.
func measure(v *registry.Version, data []byte) *registry.Version {
	var size int64
	files := 0
	err := tarball.Walk(data, tarball.DefaultLimits(), func(e tarball.Entry, _ io.Reader) error {
		size += e.Size
		files++
		return nil
	})
	if err != nil {
		return v
	}
	measured := *v
	measured.Dist.UnpackedSize, measured.Dist.FileCount = size, files
	return &measured
}

package mirror

import (
	"context"
	"errors"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tarball"
)

// Tarball is a package's bytes, verified and in the store.
type Tarball struct {
	Data []byte
	// CID is the UnixFS CID.
	CID cid.Cid
	// Integrity always has a sha512.
	Integrity string
	// Size is len(Data).
	Size int64
}

// Tarball returns a version's tarball, from the store when it holds the
// digest, else from the upstream, verified against the document's integrity,
// or its sha1 where that is all there is, and stored. An upstream that sends
// something else is asked once more before the error wraps a
// *tarball.MismatchError. A dist.cid that the bytes do not have is a
// *registry.DigestError. Concurrent calls for one version share the work.
func (m *Mirror) Tarball(ctx context.Context, v *registry.Version) (Tarball, error) {
	want, err := digestOf(v)
	if err != nil {
		return Tarball{}, m.from(v, err)
	}
	key := id(v) + " " + want.String()
	return m.fetching.Do(ctx, key, func(ctx context.Context) (Tarball, error) {
		t, ok, err := m.stored(ctx, v, want)
		if !ok && err == nil {
			t, err = m.download(ctx, v, want)
		}
		if err != nil {
			return Tarball{}, m.from(v, err)
		}
		if v.Dist.CID != "" && v.Dist.CID != t.CID.String() {
			return Tarball{}, &registry.DigestError{
				Name: v.Name, Version: v.Version, Field: "cid", Old: v.Dist.CID, New: t.CID.String(),
			}
		}
		m.noteSum(v, t.Integrity)
		return t, nil
	})
}

// digestOf is what the document says that the bytes hash to. The zero
// Integrity means that it says nothing, as very old registries do: then the
// upstream's word is all there is, as for npm.
func digestOf(v *registry.Version) (tarball.Integrity, error) {
	if v.Dist.Integrity != "" {
		want, err := tarball.ParseIntegrity(v.Dist.Integrity)
		if err == nil || v.Dist.Shasum == "" {
			return want, err
		}
	}
	if v.Dist.Shasum != "" {
		return tarball.ParseShasum(v.Dist.Shasum)
	}
	return tarball.Integrity{}, nil
}

// stored gets the bytes from the store. That it lacks them, or has lost some,
// is no error; that ctx ended is.
func (m *Mirror) stored(ctx context.Context, v *registry.Version, want tarball.Integrity) (Tarball, bool, error) {
	if want.IsZero() {
		return Tarball{}, false, nil
	}
	c, size, ok := m.opts.Files.Known(want.String())
	if !ok {
		return Tarball{}, false, nil
	}
	ref := Ref{CID: c, Integrity: want.String(), Size: size, Name: id(v)}
	data, err := m.opts.Files.File(ctx, ref)
	if err != nil {
		return Tarball{}, false, context.Cause(ctx)
	}
	return Tarball{Data: data, CID: c, Integrity: tarball.Verified512(want.String(), data), Size: int64(len(data))}, true, nil
}

// download gets the bytes from the upstream and stores them.
func (m *Mirror) download(ctx context.Context, v *registry.Version, want tarball.Integrity) (Tarball, error) {
	data, err := m.verified(ctx, v, want)
	if _, mismatch := errors.AsType[*tarball.MismatchError](err); mismatch {
		// A cache on the way may have been at fault, or the line.
		data, err = m.verified(ctx, v, want)
	}
	if err != nil {
		return Tarball{}, err
	}
	c, err := m.opts.Files.Import(ctx, data)
	if err != nil {
		return Tarball{}, err
	}
	t := Tarball{Data: data, CID: c, Integrity: tarball.Verified512(want.String(), data), Size: int64(len(data))}
	return t, m.remember(want, t)
}

// remember makes the tarball known by its sha512, and by the weaker digest
// under which the document will ask for it again.
func (m *Mirror) remember(want tarball.Integrity, t Tarball) error {
	if err := m.opts.Files.Remember(t.Integrity, t.CID, t.Size); err != nil {
		return err
	}
	single, ok := want.Single()
	if !ok || single.Algorithm == "sha512" {
		return nil
	}
	return m.opts.Files.Remember(single.String(), t.CID, t.Size)
}

func (m *Mirror) verified(ctx context.Context, v *registry.Version, want tarball.Integrity) ([]byte, error) {
	data, err := m.opts.Upstream.Tarball(ctx, v.Name, tarballOf(v), v.Dist.Size)
	if err != nil || want.IsZero() {
		return data, err
	}
	return data, want.Verify(data)
}

// tarballOf is where the tarball is said to be; an index does not say, and
// then it is where npm puts it.
func tarballOf(v *registry.Version) string {
	if v.Dist.Tarball != "" {
		return v.Dist.Tarball
	}
	return registry.TarballFile(v.Name, v.Version)
}

func (m *Mirror) noteSum(v *registry.Version, sum string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sums[id(v)] = sum
}

func (m *Mirror) sum(v *registry.Version) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sums[id(v)]
}

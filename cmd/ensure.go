package cmd

import (
	"context"
	"sync"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
)

// fetchers is how many tarballs are under way at once: enough to hide the
// round trips of any source. The unpacked store bounds the bytes of those whose
// CID is known before they are fetched.
const fetchers = 64

// ensure says what to pin of a version, and has it brought into the unpacked store.
// Concurrent calls for one version share the work. What is downloaded for its CID is
// still being unpacked when that is known.
func (f *prefetcher) ensure(ctx context.Context, v *registry.Version) (pin, error) {
	return f.ensureUnless(ctx, v, f.session.mayBeLaidOut)
}

// ensureHere is ensure for what was not on this machine before.
func (f *prefetcher) ensureHere(ctx context.Context, v *registry.Version) (pin, error) {
	return f.ensureUnless(ctx, v, func(pin) bool { return false })
}

// ensureUnless is ensure without unpacking what is not to be unpacked yet.
func (f *prefetcher) ensureUnless(ctx context.Context, v *registry.Version, later func(pin) bool) (pin, error) {
	s := f.session
	return s.ensured.Do(ctx, v.Name+"@"+v.Version, func(ctx context.Context) (p pin, err error) {
		defer func() {
			if err == nil {
				s.bar.Step("fetch", v.Name, p.Size)
			}
		}()
		r, err := s.registryFor(v.Name)
		if err != nil {
			return pin{}, err
		}
		if p, ok := s.pinOf(v); ok {
			if later(p) {
				return p, nil
			}
			return p, s.unpack(ctx, v, p, func(ctx context.Context) (content, error) { return s.bring(ctx, r, v) })
		}
		return f.download(ctx, r, v)
	})
}

// mayBeLaidOut says that a package which is on this machine is likely to have an
// entry in the virtual store, which the linked layout uses as it is: only the
// install, which knows the entries, can tell whether it has to be unpacked.
func (s *session) mayBeLaidOut(p pin) bool {
	if !s.isLinked() {
		return false
	}
	c, err := ipfsstore.ParseCID(p.CID)
	return err == nil && s.store.Has(c)
}

// unpack brings and unpacks a version of known CID unless it is there.
func (s *session) unpack(ctx context.Context, v *registry.Version, p pin, bring func(context.Context) (content, error)) error {
	pkg := &lockfile.Package{Version: v.Version, CID: p.CID, Integrity: p.Integrity, Size: p.Size}
	extracted := func() {}
	defer func() { extracted() }()
	return s.unpacked.Prepare(ctx, pkg, func(ctx context.Context) (install.Tarball, error) {
		c, err := bring(ctx)
		if err == nil {
			extracted = s.begin("extract", v.Name)
		}
		return c.tarball(v.Name), err
	})
}

// download brings a version whose CID only its bytes tell. They are unpacked in the
// background, if they are to be at all: what is to be pinned is known without that. The
// install, which meets a failure again, joins what is under way.
func (f *prefetcher) download(ctx context.Context, r packageSource, v *registry.Version) (pin, error) {
	select {
	case f.downloads <- struct{}{}:
	case <-ctx.Done():
		return pin{}, context.Cause(ctx)
	}
	release := func() { <-f.downloads }
	c, err := f.session.bring(ctx, r, v)
	p := pin{CID: c.CID, Integrity: c.Integrity, Size: c.Size}
	if err != nil || !f.unpacks {
		release()
		return p, err
	}
	begun := make(chan struct{}) // others would join it, or need not
	begin := sync.OnceFunc(func() { close(begun) })
	unpacks := f.session.goBehind(func() {
		defer release()
		defer begin()
		_ = f.session.unpack(f.ctx, v, p, func(context.Context) (content, error) {
			begin()
			return c, nil
		})
	})
	if !unpacks {
		release()
		return p, nil
	}
	<-begun
	return p, nil
}

// bring is a version's tarball, whose coming is noted.
func (s *session) bring(ctx context.Context, from packageSource, v *registry.Version) (content, error) {
	defer s.begin("fetch", v.Name)()
	return from.Tarball(ctx, v)
}

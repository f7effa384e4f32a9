package cmd

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/internal/par"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
)

// indexRegistry is a registry index on IPFS. It resolves its name and opens
// the root when the first document is asked for; bytes by CID need neither,
// which is what lets `ci` run without index and IPNS.
type indexRegistry struct {
	session *session
	scheme  string // ipns or ipfs
	name    string
	at      cid.Cid // a state of before, undefined for the newest

	mu     sync.Mutex
	reader *registry.Reader
	record ipfsstore.Record
	past   *past // see release_age.go
	// forgot has the record asked for, however fresh the one is that is known.
	forgot bool
	// ahead waits for what openAhead began, nil without it.
	ahead func() newest
}

// newest is what openNewest found, or why it did not.
type newest struct {
	opened
	err error
}

// isFollowed says that a record tells which state is meant, the newest.
func (r *indexRegistry) isFollowed() bool { return r.scheme == "ipns" && !r.at.Defined() }

// openAhead begins to open the index, for the first who opens it. What it returns
// ends that and waits for the end.
func (r *indexRegistry) openAhead(ctx context.Context) (stop func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reader != nil || r.ahead != nil || r.isFollowed() && r.goOn() != nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	found := par.Ahead(func() newest {
		found, err := r.openNewest(r.asking(ctx))
		return newest{found, err}
	})
	r.ahead = found
	return func() {
		cancel()
		found()
	}
}

// findNewest opens the newest state, unless that was begun already, and tells what
// there is to tell of it, for it is asked now.
func (r *indexRegistry) findNewest(ctx context.Context) (opened, error) {
	var found newest
	if r.ahead != nil {
		found = r.ahead()
		r.ahead = nil // a failure is tried again
	} else {
		found.opened, found.err = r.openNewest(ctx)
	}
	if found.record.Root.Defined() {
		r.tellAge(found.record)
	}
	return found.opened, found.err
}

// open resolves and opens once; a failure is tried again by the next caller.
func (r *indexRegistry) open(ctx context.Context) (*registry.Reader, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reader != nil {
		return r.reader, nil
	}
	ctx = r.asking(ctx)
	followed := r.isFollowed()
	if followed {
		if err := r.goOn(); err != nil {
			return nil, err
		}
	}
	found, err := r.findNewest(ctx)
	if err == nil && followed && len(found.reader.Info().Handovers) > 0 {
		found, err = r.follow(ctx, found)
	}
	if err != nil {
		return nil, err
	}
	r.record, r.reader = found.record, found.reader
	return r.reader, nil
}

// openNewest opens the index that the registry's name leads to. Where that fails
// there may be the record all the same.
func (r *indexRegistry) openNewest(ctx context.Context) (opened, error) {
	open := registry.OpenReader
	if r.isFollowed() && !r.session.store.HasRecord(r.name) {
		open = registry.OpenFirst
	}
	record, err := r.resolve(ctx)
	if err != nil {
		return opened{}, err
	}
	reader, err := open(ctx, r.session.store, record.Root)
	if err != nil {
		return opened{record: record}, fmt.Errorf("open the index %s of %s://%s: %w", record.Root, r.scheme, r.name, err)
	}
	return opened{record, reader}, r.session.addProviders(r, reader.Info().Providers)
}

// resolve finds the root: ipfs:// and --at name it, ipns:// needs a record.
func (r *indexRegistry) resolve(ctx context.Context) (ipfsstore.Record, error) {
	if r.at.Defined() {
		return r.replayed(ctx), nil
	}
	if r.scheme == "ipfs" {
		root, err := ipfsstore.ParseCID(r.name)
		return ipfsstore.Record{Root: root}, err
	}
	cfg := r.session.cfg
	options := ipfsstore.ResolveOptions{Offline: cfg.Bool("offline"), AllowRollback: cfg.Bool("allow-rollback")}
	if !r.forgot {
		options.MaxAge = r.session.recordAge
	}
	record, err := r.session.store.Resolve(ctx, r.name, options)
	if err != nil {
		return record, fmt.Errorf("resolve ipns://%s: %w", r.name, err)
	}
	return record, nil
}

// forget has the next who opens the index ask for its record, where that was
// taken from memory, and tells whether it was.
func (r *indexRegistry) forget() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.isFollowed() || r.reader == nil || r.record.Source != ipfsstore.OwnStore || r.record.Stale {
		return false
	}
	r.reader, r.past, r.forgot = nil, nil, true
	return true
}

// tellAge tells of a record that is old, or soon will be.
func (r *indexRegistry) tellAge(record ipfsstore.Record) {
	if !r.isFollowed() {
		return
	}
	if left := time.Until(record.Validity); !record.Stale && left < renewalTime {
		r.session.notice("the IPNS record of %s expires in %s; its publisher should renew it (ipnpm registry publish)",
			short(r.name), age(left))
	}
	if record.Stale {
		r.session.notice("ipns://%s could not be asked; using the record of %s ago (sequence %d)",
			short(r.name), time.Since(record.Fetched).Round(time.Second), record.Sequence)
	}
}

// replayed is the record of the state that --at asks for, with the sequence
// where that state is the newest that was seen.
func (r *indexRegistry) replayed(ctx context.Context) ipfsstore.Record {
	seen, err := r.session.store.Resolve(ctx, r.name, ipfsstore.ResolveOptions{Offline: true})
	if err == nil && seen.Root.Equals(r.at) {
		return seen
	}
	return ipfsstore.Record{Root: r.at}
}

// renewalTime is how long before its end a record should have been renewed, a
// quarter of its usual lifetime: Kubo republishes every 4 hours.
const renewalTime = 12 * time.Hour

// warnOfExpiry tells the publisher of a registry that its record is about to
// expire, or has.
func (s *session) warnOfExpiry(ctx context.Context, r localRegistry) {
	record, err := s.store.Resolve(ctx, r.IPNS, ipfsstore.ResolveOptions{Offline: true})
	if err != nil {
		return // it was never published from here
	}
	switch left := time.Until(record.Validity); {
	case left <= 0:
		s.app.warn("the record of registry %s expired %s ago, and nobody finds it by its name: ipnpm registry publish %s", r.Name, age(-left), r.Name)
	case left < renewalTime:
		s.app.warn("the record of registry %s expires in %s: ipnpm registry publish %s", r.Name, age(left), r.Name)
	}
}

// short keeps an IPNS name recognisable within a line.
func short(name string) string {
	if len(name) <= 20 {
		return name
	}
	return name[:8] + "…" + name[len(name)-6:]
}

// Packument implements packageRegistry from the index.
func (r *indexRegistry) Packument(ctx context.Context, name string) (*registry.Packument, error) {
	reader, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	ctx = r.asking(ctx)
	doc, err := reader.Packument(ctx, name)
	if err != nil || r.session.cfg.ReleaseAge() <= 0 {
		return doc, err
	}
	return r.aged(ctx, reader, doc)
}

// Prefetch walks the index for many names at once.
func (r *indexRegistry) Prefetch(ctx context.Context, names []string) error {
	reader, err := r.open(ctx)
	if err != nil {
		return err
	}
	ctx = r.asking(ctx)
	p, err := r.openPast(ctx, reader)
	if err == nil && p.reader != nil {
		err = p.reader.Prefetch(ctx, names)
	}
	if err != nil {
		return err
	}
	return reader.Prefetch(ctx, names)
}

// Tarball implements packageRegistry: by CID, and where no source has it from the upstream.
func (r *indexRegistry) Tarball(ctx context.Context, v *registry.Version) (content, error) {
	if v.Dist.CID == "" {
		known, err := r.lookUp(ctx, v)
		if err != nil {
			return content{}, err
		}
		v = known
	}
	c, err := r.fromSources(r.asking(ctx), v)
	var missing *ipfsstore.UnavailableError
	if !errors.As(err, &missing) || !r.session.useUpstream() {
		return c, err
	}
	return r.fromUpstream(ctx, v, err)
}

// fromSources asks the sources, and once more those that the index names as its
// providers: bytes by CID need no index, so that it may not be open yet.
func (r *indexRegistry) fromSources(ctx context.Context, v *registry.Version) (content, error) {
	r.mu.Lock()
	opened := r.reader != nil
	r.mu.Unlock()
	c, err := r.session.fromStore(ctx, v)
	if opened || !errors.As(err, new(*ipfsstore.UnavailableError)) {
		return c, err
	}
	reader, closed := r.open(ctx)
	if closed != nil || len(reader.Info().Providers) == 0 {
		return c, err
	}
	return r.session.fromStore(ctx, v)
}

// lookUp finds the index's entry of a version that the caller knows only by
// name and integrity, as from a package-lock.json.
func (r *indexRegistry) lookUp(ctx context.Context, v *registry.Version) (*registry.Version, error) {
	p, err := r.Packument(ctx, v.Name)
	if err != nil {
		return nil, err
	}
	known, err := p.Version(v.Version)
	if err != nil {
		return nil, err
	}
	if v.Dist.Integrity != "" && known.Dist.Integrity != "" && !sameIntegrity(v.Dist.Integrity, known.Dist.Integrity) {
		return nil, &registry.DigestError{Name: v.Name, Version: v.Version, Old: v.Dist.Integrity, New: known.Dist.Integrity}
	}
	return known, nil
}

// fromUpstream is the last source of all: the registry that the index
// mirrors, when the index says which and no source on IPFS has the bytes.
func (r *indexRegistry) fromUpstream(ctx context.Context, v *registry.Version, cause error) (content, error) {
	reader, err := r.open(ctx)
	if err != nil || reader.Info().Upstream == "" {
		return content{}, cause
	}
	base, err := url.Parse(reader.Info().Upstream)
	if err != nil || !strings.HasPrefix(base.Scheme, "http") {
		return content{}, cause
	}
	if base.Scheme != "https" && !r.session.cfg.Credentials(base).IsZero() {
		// Whoever makes an index must not choose that a token goes in clear.
		return content{}, errors.Join(cause, fmt.Errorf("upstream %s, which the index names, was not asked: it would get the token of .npmrc without https", base))
	}
	up, err := r.session.openUpstream(base.String())
	if err != nil {
		return content{}, errors.Join(cause, err)
	}
	c, err := up.download(ctx, v)
	if err != nil {
		return content{}, errors.Join(cause, fmt.Errorf("upstream: %w", err))
	}
	return c, nil
}

// State implements packageRegistry: the root that was opened.
func (r *indexRegistry) State() (lockfile.Registry, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reader == nil {
		return lockfile.Registry{}, false
	}
	state := lockfile.Registry{Root: r.record.Root.String(), Sequence: r.record.Sequence}
	if r.scheme == "ipns" {
		state.IPNS = r.name
	}
	return state, true
}

// Record has nothing to do: the blocks of the index that were read are in the
// store, and the record is remembered there.
func (r *indexRegistry) Record(context.Context, []*registry.Version) error { return nil }

// Ping opens the index.
func (r *indexRegistry) Ping(ctx context.Context) error {
	_, err := r.open(ctx)
	return err
}

// Describe implements packageRegistry with name, sequence, root and age.
func (r *indexRegistry) Describe() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := r.scheme + "://" + short(r.name)
	if r.reader == nil {
		return text
	}
	info := r.reader.Info()
	if r.at.Defined() {
		text += ", at root " + short(r.at.String())
	} else if r.scheme == "ipns" {
		text += fmt.Sprintf(" #%d, root %s", r.record.Sequence, short(r.record.Root.String()))
	}
	if !info.Time.IsZero() {
		text += fmt.Sprintf(", made %s ago", age(time.Since(info.Time)))
	}
	return text
}

// age rounds a duration to what a person wants to know of it.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return d.Round(time.Second).String()
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// sameIntegrity tells whether two SRI strings share a hash; each may hold
// more than the other.
func sameIntegrity(a, b string) bool {
	for x := range strings.FieldsSeq(a) {
		for y := range strings.FieldsSeq(b) {
			if x == y {
				return true
			}
		}
	}
	return false
}

// fromStore asks the store and its sources for a version's tarball by CID.
func (s *session) fromStore(ctx context.Context, v *registry.Version) (content, error) {
	c, err := ipfsstore.ParseCID(v.Dist.CID)
	if err != nil {
		return content{}, fmt.Errorf("%s@%s: %w", v.Name, v.Version, err)
	}
	data, err := s.store.File(ctx, ipfsstore.Ref{
		CID: c, Integrity: v.Dist.Integrity, Size: v.Dist.Size, Name: v.Name + "@" + v.Version,
	})
	if err != nil {
		return content{}, err
	}
	return content{Data: data, CID: v.Dist.CID, Integrity: v.Dist.Integrity, Size: int64(len(data))}, nil
}

// useUpstream tells whether an npm registry may be asked for bytes that no
// source on IPFS has.
func (s *session) useUpstream() bool {
	return s.cfg.Bool("upstream") && !s.cfg.Bool("offline")
}

package ipfsstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ipfs/boxo/ipns"
)

// ResolveOptions tune [Store.Resolve]; the zero value asks all sources.
type ResolveOptions struct {
	// Offline answers from memory alone, even with an expired record.
	Offline bool
	// AllowRollback accepts a sequence lower than one seen before.
	AllowRollback bool
	// MaxAge lets a remembered record that was fetched no longer ago, and no
	// longer than its own TTL, answer without asking anybody while it has not
	// expired; 0 always asks.
	MaxAge time.Duration
	// Timeout bounds the whole; 0 means 10 seconds.
	Timeout time.Duration
	// Grace is how long to wait for a newer record after the first good one;
	// 0 means 300 ms.
	Grace time.Duration
}

const (
	defaultResolveTimeout = 10 * time.Second
	defaultGrace          = 300 * time.Millisecond
)

// Resolve finds the root that an IPNS name ("k51…", "/ipns/k51…") points at.
// All sources are asked at once, and of the records that verify and arrive in
// time the newest wins; it is remembered. When no source can be asked, the
// remembered record answers, marked Stale: in [ResolveOptions.Offline] (or
// [Options.Offline]) even past its validity, otherwise while it is valid.
//
// The errors: *[RollbackError] when the newest found is older than one seen
// before, *[ExpiredError] when it is past its validity, *[RecordError] when
// all that came was malformed or forged, *[UnresolvedError] when nothing came.
func (s *Store) Resolve(ctx context.Context, name string, opt ResolveOptions) (Record, error) {
	n, err := ParseName(name)
	if err != nil {
		return Record{}, err
	}
	have, err := s.names.load(n)
	known := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) && !isRecordError(err) {
		return Record{}, err
	}
	if known && have.isFresh(time.Now(), opt.MaxAge) && !s.offline {
		return have, nil
	}
	if opt.Offline {
		return remembering(n, have, known, true, nil)
	}
	got, asked, err := s.race(ctx, n, opt)
	if err != nil {
		return Record{}, err
	}
	if got == nil {
		return remembering(n, have, known, s.offline, asked)
	}
	return s.judge(n, *got, have, known, opt.AllowRollback)
}

// remembering answers from memory, for want of anything newer.
func remembering(name ipns.Name, have Record, known, evenExpired bool, asked []*SourceError) (Record, error) {
	if !known {
		return Record{}, unresolved(name, asked)
	}
	if have.Expired(time.Now()) && !evenExpired {
		return Record{}, &ExpiredError{have.Name, OwnStore, have.Validity, have.Sequence, have.Root}
	}
	have.Stale = true
	return have, nil
}

// unresolved is a *RecordError when a source served a bad record and none a
// good one: that is the news then.
func unresolved(name ipns.Name, asked []*SourceError) error {
	for _, a := range asked {
		var bad *RecordError
		if errors.As(a.Err, &bad) {
			return bad
		}
	}
	return &UnresolvedError{Name: name.String(), Asked: asked}
}

func isRecordError(err error) bool {
	var bad *RecordError
	return errors.As(err, &bad)
}

// judge compares what sources served with memory, and remembers it.
func (s *Store) judge(name ipns.Name, got, have Record, known, rollback bool) (Record, error) {
	if known && got.Sequence < have.Sequence && !rollback {
		return Record{}, rolledBack(got, have)
	}
	if got.Expired(time.Now()) {
		return Record{}, &ExpiredError{got.Name, got.Source, got.Validity, got.Sequence, got.Root}
	}
	back := rollback && known && got.Sequence < have.Sequence
	kept, err := s.names.save(name, got, back)
	if err != nil {
		return Record{}, err
	}
	if kept.Sequence > got.Sequence {
		return kept, nil // another process saw a newer one meanwhile
	}
	return got, nil
}

func rolledBack(got, have Record) *RollbackError {
	return &RollbackError{
		Name: got.Name, Source: got.Source, Got: got.Sequence, Seen: have.Sequence,
		GotRoot: got.Root, SeenRoot: have.Root, SeenAt: have.Fetched,
	}
}

// answer is one source's part in a race.
type answer struct {
	peer *peer
	rec  Record
	err  error
}

// race asks every usable source at once. It returns the newest record whose
// signature is good, nil when there was none, and how each source fared.
func (s *Store) race(ctx context.Context, name ipns.Name, opt ResolveOptions) (*Record, []*SourceError, error) {
	run, cancel := context.WithTimeout(ctx, orDefault(opt.Timeout, defaultResolveTimeout))
	defer cancel()
	peers, err := s.sources()
	if err != nil {
		return nil, nil, err
	}
	log := newAsked(s)
	answers := make(chan answer, len(peers))
	running := 0
	for p, rest := log.next(peers); p != nil; p, rest = log.next(rest) {
		running++
		go func() { answers <- askRecord(run, p, name) }()
	}
	var best *Record
	var grace <-chan time.Time
	for running > 0 {
		select {
		case a := <-answers:
			running--
			log.ended(outcome{a.peer, a.err})
			if a.err == nil && (best == nil || a.rec.Newer(*best)) {
				best = &a.rec
			}
			if best != nil && grace == nil && !best.Expired(time.Now()) {
				grace = time.After(orDefault(opt.Grace, defaultGrace))
			}
		case <-grace:
			return best, log.errors(), nil
		case <-run.Done():
			if ctx.Err() != nil {
				return nil, nil, ctx.Err()
			}
			return best, log.errors(), nil
		}
	}
	return best, log.errors(), nil
}

// askRecord asks one source and verifies what it says; a forged record drops
// the source, as a forged block would.
func askRecord(ctx context.Context, p *peer, name ipns.Name) answer {
	data, from, err := recordOf(ctx, p, name)
	if err != nil {
		if ctx.Err() == nil && !errors.Is(err, ErrNotFound) {
			p.failures.add()
		}
		return answer{peer: p, err: err}
	}
	rec, err := ParseRecord(name, slices.Clone(data))
	if err != nil {
		bad := &RecordError{name.String(), p.Name(), err}
		p.lied(bad)
		return answer{peer: p, err: bad}
	}
	p.failures.clear()
	rec.Source, rec.Fetched = from, time.Now()
	return answer{peer: p, rec: rec}
}

// recordOf also tells whose record it is, which for a crowd is one of many.
func recordOf(ctx context.Context, p *peer, name ipns.Name) (data []byte, from string, err error) {
	if crowd, ok := p.Source.(Crowd); ok {
		return crowd.RecordFrom(ctx, name)
	}
	data, err = p.Record(ctx, name)
	return data, p.Name(), err
}

func orDefault(d, def time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return def
}

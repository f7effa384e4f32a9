package ipfsstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/internal/dirat"
)

// ErrOffline is the cause in a [SourceError] of a source that was left out
// because of [Options.Offline].
var ErrOffline = errors.New("not asked while offline")

// Blocks hands over every block once, in any order, each verified against its
// CID, the calls to yield one after the other. Blocks come from the local disk
// and, for the rest, from the sources, whose blocks are written to the disk. A
// CID listed twice is handed over once. An error of yield ends the work and is
// returned as it is; when blocks are missing at the end the error is an
// *[UnavailableError] that lists them.
func (s *Store) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	_, err := s.blocks(ctx, cids, yield)
	return err
}

// blocks is Blocks, and tells whether a source was needed for any of them in
// this run.
func (s *Store) blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) (remote bool, err error) {
	f := &fetch{store: s, yield: yield, want: make(map[string]cid.Cid, len(cids)), moved: make(chan struct{}, 1)}
	for _, c := range cids {
		if !c.Defined() {
			return false, errors.New("ipfsstore: undefined CID asked for")
		}
		f.want[c.KeyString()] = c
	}
	if err := f.fromDisk(ctx); err != nil {
		return false, err
	}
	if len(f.want) > 0 && s.arrivals.wait(ctx, f.remaining()) {
		if err := f.fromDisk(ctx); err != nil {
			return false, err
		}
	}
	if len(f.want) == 0 {
		return f.remote, nil
	}
	peers, err := s.sources()
	if err != nil {
		return false, err
	}
	asked := newAsked(s)
	peers, err = f.fromFiles(ctx, asked, peers)
	if left, _ := f.state(); left > 0 && err == nil {
		err = f.fromSources(ctx, asked, peers)
	}
	return f.remote, err
}

// fetch is one call of [Store.Blocks].
type fetch struct {
	store *Store
	moved chan struct{} // a block arrived

	mu    sync.Mutex
	yield func(blocks.Block) error
	want  map[string]cid.Cid
	fatal error // yield's, or the disk's
	// remote says that a block came in this run.
	remote bool
}

func (f *fetch) remaining() []cid.Cid {
	f.mu.Lock()
	defer f.mu.Unlock()
	cids := make([]cid.Cid, 0, len(f.want))
	for _, c := range f.want {
		cids = append(cids, c)
	}
	return cids
}

func (f *fetch) wants(c cid.Cid) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.want[c.KeyString()]
	return ok
}

// state is the number of blocks to come, and the error that ended the work.
func (f *fetch) state() (left int, fatal error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.want), f.fatal
}

// fromDisk takes what is here: what just arrived as it came.
func (f *fetch) fromDisk(ctx context.Context) error {
	return inParallel(ctx, f.remaining(), func(c cid.Cid) error {
		if b, ok := f.store.arrivals.take(c); ok {
			return f.deliver(nil, b, 0)
		}
		data, err := f.store.disk.get(c)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading local store: %w", err)
		}
		b, err := blocks.NewBlockWithCid(data, c)
		if err != nil {
			return err
		}
		return f.deliver(f.store.meterOf(c), b, 0)
	})
}

// meterOf is where a block of the disk counts: nowhere, nil, when a source that
// brought it in this run has counted it.
func (s *Store) meterOf(c cid.Cid) *Meter {
	if s.arrivals.isFresh(c) {
		return nil
	}
	return s.own
}

// serve counts a verified block, and tells of it.
func (s *Store) serve(from *Meter, c cid.Cid, size int, after time.Duration) {
	if from == nil {
		return
	}
	from.Add(size)
	if s.trace != nil {
		s.trace(Served{CID: c, Bytes: size, Source: from.Usage().Source, After: after})
	}
}

// deliver hands a verified block to the caller, unless somebody was faster.
func (f *fetch) deliver(from *Meter, b blocks.Block, after time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := b.Cid().KeyString()
	if _, ok := f.want[key]; !ok || f.fatal != nil {
		return f.fatal
	}
	delete(f.want, key)
	f.remote = f.remote || from != f.store.own
	f.store.serve(from, b.Cid(), len(b.RawData()), after)
	f.fatal = f.yield(b)
	return f.fatal
}

// accept verifies a block from a source, stores it and delivers it.
func (f *fetch) accept(p *peer, b blocks.Block, asked time.Time) error {
	c := b.Cid()
	if !f.wants(c) {
		return nil
	}
	if !hashesTo(c, b.RawData()) {
		lie := &MismatchError{CID: c, Source: p.Name(), Size: len(b.RawData())}
		p.lied(lie)
		return lie
	}
	if err := f.store.keep(p, b); err != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.fatal = err
		return err
	}
	p.failures.clear()
	err := f.deliver(p.Meter, b, time.Since(asked))
	select {
	case f.moved <- struct{}{}:
	default:
	}
	return err
}

// keep puts a verified block on the disk.
func (s *Store) keep(from *peer, b blocks.Block) error {
	if src, ok := from.Source.(fileSource); ok && !from.apart.Load() {
		err := s.disk.adopt(b.Cid(), src.file(b.Cid()))
		if err == nil {
			return nil
		}
		from.apart.Store(dirat.NeverLinks(err))
	}
	return s.disk.write(b.Cid(), b.RawData())
}

// outcome is how one source's turn ended.
type outcome struct {
	peer *peer
	err  error
}

// turns are the sources at work for one fetch, and those yet to come.
type turns struct {
	fetch   *fetch
	asked   *asked
	waiting []*peer
	running int
	done    chan outcome
}

// fromFiles asks the sources that are files here, as far as they come first,
// and returns the others. These have no patience to lose.
func (f *fetch) fromFiles(ctx context.Context, asked *asked, peers []*peer) ([]*peer, error) {
	for len(peers) > 0 {
		if _, ok := peers[0].Source.(fileSource); !ok {
			break
		}
		p, _ := asked.next(peers[:1])
		peers = peers[1:]
		if p == nil {
			continue
		}
		asked.ended(outcome{p, f.ask(ctx, p)})
		if left, fatal := f.state(); left == 0 || fatal != nil {
			return nil, fatal
		}
	}
	return peers, ctx.Err()
}

// fromSources asks one source after the other for what is missing, beginning
// the next one early when nothing moves.
func (f *fetch) fromSources(ctx context.Context, asked *asked, peers []*peer) error {
	t := &turns{fetch: f, asked: asked, waiting: peers, done: make(chan outcome)}
	run, cancel := context.WithCancel(ctx)
	defer t.drain() // no yield after the return
	defer cancel()
	for {
		left, fatal := f.state()
		switch {
		case fatal != nil:
			return fatal
		case left == 0:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case t.running == 0 && !t.start(run):
			return f.missing(t.asked)
		}
		select {
		case o := <-t.done:
			t.running--
			t.asked.ended(o)
		case <-f.moved:
		case <-ctx.Done():
		case <-time.After(f.store.patience):
			t.start(run)
		}
	}
}

// start begins the next source's turn; false when none is left.
func (t *turns) start(ctx context.Context) bool {
	var p *peer
	if p, t.waiting = t.asked.next(t.waiting); p == nil {
		return false
	}
	t.running++
	go func() { t.done <- outcome{p, t.fetch.ask(ctx, p)} }()
	return true
}

func (t *turns) drain() {
	for ; t.running > 0; t.running-- {
		<-t.done
	}
}

func (f *fetch) ask(ctx context.Context, p *peer) error {
	defer p.Begin()()
	asked := time.Now()
	err := p.Blocks(ctx, f.remaining(), func(b blocks.Block) error { return f.accept(p, b, asked) })
	if _, fatal := f.state(); err != nil && fatal == nil && ctx.Err() == nil {
		p.failures.add()
	}
	return err
}

func (f *fetch) missing(a *asked) error {
	rest := f.remaining()
	return &UnavailableError{Ref: Ref{CID: rest[0]}, Asked: a.errors(), Missing: rest}
}

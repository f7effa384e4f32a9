package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/ipfsstore/peering"
)

const defaultWait = time.Second

// maxPeers bounds the connections.
const maxPeers = 64

// Peers is other machines as a source, an ipfsstore.Crowd. Nothing is opened and
// nobody is asked before the first block or record is.
type Peers struct {
	opt peering.Options

	mu     sync.Mutex
	run    *running // nil before the start
	closed bool

	liarsMu sync.Mutex
	liars   []*ipfsstore.SourceError
}

// New makes a source of peers.
func New(opt peering.Options) (*Peers, error) {
	if err := opt.Check(); err != nil {
		return nil, err
	}
	if opt.Wait <= 0 {
		opt.Wait = defaultWait
	}
	opt.Addrs = slices.Clone(opt.Addrs) // Add adds to them
	return &Peers{opt: opt}, nil
}

// Name is "peers".
func (p *Peers) Name() string { return "peers" }

// Add makes further peers known, those that an index or a lockfile names as its
// providers. What is no address of a peer is passed over.
func (p *Peers) Add(addrs ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, addr := range addrs {
		if !peering.IsAddr(addr) || slices.Contains(p.opt.Addrs, addr) {
			continue
		}
		p.opt.Addrs = append(p.opt.Addrs, addr)
		if p.run != nil && !p.closed {
			p.run.dialText(addr)
		}
	}
}

// started is the running node, begun by the first caller.
func (p *Peers) started() (*running, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errors.New("peers: closed")
	}
	if p.run != nil {
		return p.run, nil
	}
	if p.opt.Nobody() {
		return nil, nil //nolint:nilnil // nobody to ask is no failure
	}
	run, err := begin(p.opt, p.accuse)
	if err != nil {
		return nil, fmt.Errorf("starting the embedded node: %w", err)
	}
	for _, addr := range p.opt.Addrs {
		run.dialText(addr)
	}
	p.run = run
	return run, nil
}

// Close ends all connections.
func (p *Peers) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.run == nil {
		p.closed = true
		return nil
	}
	p.closed = true
	return p.run.close()
}

// Blocks implements ipfsstore.Source.
func (p *Peers) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	wanted := make([]cid.Cid, 0, len(cids))
	for _, c := range cids {
		if !isEmpty(c) {
			wanted = append(wanted, c)
			continue
		}
		b, err := blocks.NewBlockWithCid(nil, c)
		if err == nil {
			err = yield(b)
		}
		if err != nil {
			return err
		}
	}
	if len(wanted) == 0 {
		return ctx.Err()
	}
	run, err := p.started()
	if err != nil || run == nil {
		return err
	}
	if run.dht == nil {
		return run.exchange.Blocks(ctx, wanted, yield)
	}
	return run.blocks(ctx, wanted, yield)
}

// isEmpty tells the block of no bytes, which bitswap cannot carry: to its server
// a size of 0 is an absence.
func isEmpty(c cid.Cid) bool {
	own, err := c.Prefix().Sum(nil)
	return err == nil && own.Equals(c)
}

// Record implements ipfsstore.Source.
func (p *Peers) Record(ctx context.Context, name ipns.Name) ([]byte, error) {
	data, _, err := p.RecordFrom(ctx, name)
	return data, err
}

// RecordFrom implements ipfsstore.Crowd: the newest valid record of all peers.
func (p *Peers) RecordFrom(ctx context.Context, name ipns.Name) (record []byte, from string, err error) {
	select {
	case <-ctx.Done():
		return nil, p.Name(), ctx.Err()
	case <-time.After(p.opt.HeadStart):
	}
	run, err := p.started()
	if err != nil {
		return nil, p.Name(), err
	}
	if run == nil {
		return nil, p.Name(), ipfsstore.ErrNotFound
	}
	best, from, err := run.record(ctx, name)
	if err != nil {
		return nil, p.Name(), err
	}
	return best.Bytes, from, nil
}

// Liars implements ipfsstore.Crowd.
func (p *Peers) Liars() []*ipfsstore.SourceError {
	p.liarsMu.Lock()
	defer p.liarsMu.Unlock()
	return slices.Clone(p.liars)
}

// accuse keeps what a peer did.
func (p *Peers) accuse(who string, lie error) {
	p.liarsMu.Lock()
	defer p.liarsMu.Unlock()
	p.liars = append(p.liars, &ipfsstore.SourceError{Source: who, Err: &peering.LieError{Peer: who, Err: lie}})
}

// answer is one peer's part in asking all for a record.
type answer struct {
	id  peer.ID // empty for the DHT
	rec ipfsstore.Record
	err error
}

// record asks every peer there is, and every one that comes while further ones
// are expected.
func (r *running) record(ctx context.Context, name ipns.Name) (best ipfsstore.Record, from string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan answer)
	asked := make(map[peer.ID]bool)
	running, found := 0, false
	ask := func(id peer.ID, how func() (ipfsstore.Record, error)) {
		running++
		go func() {
			rec, err := how()
			select {
			case answers <- answer{id, rec, err}:
			case <-ctx.Done():
			}
		}()
	}
	if r.dht != nil {
		ask("", func() (ipfsstore.Record, error) { return r.dht.record(ctx, name) })
	}
	var grace <-chan time.Time
	for {
		ids, more, changed := r.exchange.peers()
		for _, id := range ids {
			if asked[id] {
				continue
			}
			asked[id] = true
			ask(id, func() (ipfsstore.Record, error) { return askRecord(ctx, r.host, id, name) })
		}
		if running == 0 && !more {
			break
		}
		select {
		case <-ctx.Done():
			return best, "", ctx.Err()
		case <-changed:
		case <-grace:
			return best, from, nil
		case a := <-answers:
			running--
			if r.judge(a) && (!found || a.rec.Newer(best)) {
				best, from, found = a.rec, r.name(a.id), true
			}
			if found && grace == nil {
				grace = time.After(recordGrace)
			}
		}
	}
	if !found {
		return best, "", ipfsstore.ErrNotFound
	}
	return best, from, nil
}

// judge tells whether an answer is a record; the peer that forged one is dropped.
func (r *running) judge(a answer) bool {
	if lie, ok := errors.AsType[*ipfsstore.RecordError](a.err); ok && a.id != "" {
		r.drop(a.id, fmt.Errorf("bad IPNS record of %s: %w", lie.Name, lie.Err))
	}
	return a.err == nil
}

package peering

import (
	"bufio"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

// Blocks implements [ipfsstore.Source].
func (p *Process) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	if len(cids) == 0 {
		return ctx.Err()
	}
	return p.ask(ctx, question{Blocks: inBinary(cids)}, func(a answer, data []byte) error {
		c, err := cid.Cast(a.CID)
		if err != nil {
			return err
		}
		b, err := blocks.NewBlockWithCid(data, c)
		if err != nil {
			return err
		}
		return yield(b)
	})
}

// Record implements [ipfsstore.Source].
func (p *Process) Record(ctx context.Context, name ipns.Name) ([]byte, error) {
	record, _, err := p.RecordFrom(ctx, name)
	return record, err
}

// RecordFrom implements [ipfsstore.Crowd].
func (p *Process) RecordFrom(ctx context.Context, name ipns.Name) (record []byte, from string, err error) {
	select {
	case <-ctx.Done():
		return nil, p.Name(), ctx.Err()
	case <-time.After(p.opt.HeadStart):
	}
	err = p.ask(ctx, question{Record: name.String()}, func(a answer, data []byte) error {
		record, from = data, a.From
		return nil
	})
	if err == nil && record == nil {
		err = ipfsstore.ErrNotFound
	}
	if err != nil {
		return nil, p.Name(), err
	}
	return record, from, nil
}

// Liars implements [ipfsstore.Crowd]: those that the last answer told of.
func (p *Process) Liars() []*ipfsstore.SourceError {
	p.liarsMu.Lock()
	defer p.liarsMu.Unlock()
	return slices.Clone(p.liars)
}

// ask puts a question to the process, which it starts if need be.
func (p *Process) ask(ctx context.Context, q question, take func(answer, []byte) error) error {
	run, err := p.started(ctx)
	if err != nil || run == nil {
		return err
	}
	last, err := run.ask(ctx, q, take)
	p.accuse(last.Liars)
	return err
}

// accuse keeps what peers did: each answer tells of all, so the longest list has
// the news.
func (p *Process) accuse(lies []lie) {
	p.liarsMu.Lock()
	defer p.liarsMu.Unlock()
	for _, l := range lies[min(len(p.liars), len(lies)):] {
		p.liars = append(p.liars, &ipfsstore.SourceError{Source: l.Peer, Err: &LieError{Peer: l.Peer, Err: errors.New(l.Err)}})
	}
}

// ask puts a question to the process and hands over the answers but the last,
// which is returned. An error of take is returned as it is.
func (r *running) ask(ctx context.Context, q question, take func(answer, []byte) error) (last answer, err error) {
	stream, err := r.session.OpenStream(ctx)
	if err != nil {
		return last, r.gone(ctx, err)
	}
	defer func() { _ = stream.Close() }()
	defer context.AfterFunc(ctx, func() { _ = stream.Reset() })()
	if err := send(stream, q, nil); err != nil {
		return last, r.gone(ctx, err)
	}
	from := bufio.NewReader(stream)
	for {
		var a answer
		data, err := receive(from, &a)
		if err != nil {
			return last, r.gone(ctx, err)
		}
		if a.Done {
			if a.Failure != nil {
				return a, a.Failure
			}
			return a, nil
		}
		if err := take(a, data); err != nil {
			_ = stream.Reset()
			return last, err
		}
	}
}

// gone is the error of a stream that broke off: the caller's own wish, or the end
// of the process.
func (r *running) gone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &endedError{program: filepath.Base(r.cmd.Path), said: r.said, err: err}
}

// endedError says that the process ended while it was asked. What it said last
// may come only after its streams broke off, so it is looked at late.
type endedError struct {
	program string
	said    *tail
	err     error
}

// Error is what the process said last, if anything.
func (e *endedError) Error() string {
	if said := e.said.String(); said != "" {
		return e.program + " ended: " + said
	}
	return e.program + " ended: " + e.err.Error()
}

// Unwrap returns how the stream broke off.
func (e *endedError) Unwrap() error { return e.err }

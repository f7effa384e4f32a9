package peering

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	yamux "github.com/libp2p/go-yamux/v5"
)

// Answer is the other process: it makes the peers that the first question is
// for, and answers until the session ends, which is no error. Questions are asked
// under ctx.
func Answer(ctx context.Context, in io.Reader, out io.Writer, make func(Options) (Peers, error)) error {
	s, err := yamux.Server(pipes{in, out, func() error { return nil }}, session(), nil)
	if err != nil {
		return err
	}
	first, err := s.AcceptStream()
	if err != nil {
		return fmt.Errorf("nobody asks: %w", err)
	}
	peers, err := open(first, make)
	if err != nil {
		<-s.CloseChan() // what was told is sent by then
		return err
	}
	var asked sync.WaitGroup
	for {
		stream, err := s.AcceptStream()
		if err != nil {
			asked.Wait()
			return peers.Close()
		}
		asked.Go(func() { respond(ctx, stream, peers) })
	}
}

// open takes the first question, which has the options. Where they are no good,
// who asked is told.
func open(stream net.Conn, make func(Options) (Peers, error)) (Peers, error) {
	defer func() { _ = stream.Close() }()
	var q question
	if _, err := receive(bufio.NewReader(stream), &q); err != nil {
		return nil, fmt.Errorf("the first question: %w", err)
	}
	if q.Options == nil {
		return nil, errors.New("the first question has no options")
	}
	peers, err := make(*q.Options)
	told := send(stream, answer{Done: true, Failure: newFailure(err)}, nil)
	return peers, errors.Join(err, told)
}

// respond answers one question. Who does not want to hear more resets the
// stream, whereupon reading from it ends.
func respond(ctx context.Context, stream *yamux.Stream, peers Peers) {
	defer func() { _ = stream.Close() }()
	var q question
	if _, err := receive(bufio.NewReader(stream), &q); err != nil {
		return // whoever asked is gone
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = stream.Read([]byte{0})
		cancel()
	}()
	err := q.put(ctx, peers, stream)
	last := answer{Done: true, Failure: newFailure(err)}
	for _, e := range peers.Liars() {
		if l, ok := errors.AsType[*LieError](e); ok {
			last.Liars = append(last.Liars, lie{Peer: l.Peer, Err: l.Err.Error()})
		}
	}
	_ = send(stream, last, nil) // who is gone is not told
}

// put asks peers the question.
func (q *question) put(ctx context.Context, peers Peers, to io.Writer) error {
	switch {
	case q.Add != nil:
		peers.Add(q.Add...)
		return nil
	case q.Record != "":
		name, err := ipns.NameFromString(q.Record)
		if err != nil {
			return err
		}
		record, from, err := peers.RecordFrom(ctx, name)
		if err != nil {
			return err
		}
		return send(to, answer{From: from}, record)
	}
	cids := make([]cid.Cid, len(q.Blocks))
	for i, b := range q.Blocks {
		c, err := cid.Cast(b)
		if err != nil {
			return err
		}
		cids[i] = c
	}
	return peers.Blocks(ctx, cids, func(b blocks.Block) error {
		return send(to, answer{CID: b.Cid().Bytes()}, b.RawData())
	})
}

package peering

import (
	"context"
	"encoding/gob"
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
	if err := gob.NewDecoder(stream).Decode(&q); err != nil {
		return nil, fmt.Errorf("the first question: %w", err)
	}
	if q.Options == nil {
		return nil, errors.New("the first question has no options")
	}
	peers, err := make(*q.Options)
	told := gob.NewEncoder(stream).Encode(answer{Done: true, Failure: newFailure(err)})
	return peers, errors.Join(err, told)
}

// respond answers one question. Who does not want to hear more resets the
// stream, whereupon reading from it ends.
func respond(ctx context.Context, stream *yamux.Stream, peers Peers) {
	defer func() { _ = stream.Close() }()
	var q question
	if gob.NewDecoder(stream).Decode(&q) != nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = stream.Read([]byte{0})
		cancel()
	}()
	to := gob.NewEncoder(stream)
	err := q.put(ctx, peers, to)
	last := answer{Done: true, Failure: newFailure(err)}
	for _, e := range peers.Liars() {
		if l, ok := errors.AsType[*LieError](e); ok {
			last.Liars = append(last.Liars, lie{Peer: l.Peer, Err: l.Err.Error()})
		}
	}
	_ = to.Encode(last) // who is gone is not told
}

// put asks peers the question.
func (q *question) put(ctx context.Context, peers Peers, to *gob.Encoder) error {
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
		return to.Encode(answer{Record: record, From: from})
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
		return to.Encode(answer{CID: b.Cid().Bytes(), Data: b.RawData()})
	})
}

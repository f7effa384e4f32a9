package ipfsstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// ErrNoDAG says that the first source to ask hands over single blocks only, or
// does not have the DAG's root. Nothing is lost: [Store.Blocks] serves as ever.
var ErrNoDAG = errors.New("no source hands over the DAG whole")

// A dagSource is a [Source] that brings everything under a root in one answer:
// parents before children, a block that stands in several places once or more
// often. An error that wraps [ErrNotFound] means that it does not have the root.
type dagSource interface {
	DAG(ctx context.Context, root cid.Cid, yield func(blocks.Block) error) error
}

// A DAG in one answer is walked by the source block by block. Where each of
// them takes a round trip to somebody else, as through a gateway that does not
// have them itself, that takes minutes for what many requests at once bring in
// seconds. So an answer is given up when it falls below both of these a second.
const (
	slowestBlocks = 32
	slowestBytes  = 512 << 10
)

var errSlowDAG = errors.New("the answer is slower than single requests are")

// BringDAG fetches every block under root to the disk in one request, of which
// the first source has to be capable: it saves the round trips, and the source
// the work, of a request a block. Every block is verified, and must be reached
// from root by those before it; more than limit bytes are an error. What
// arrived before an error stays, and is asked for by nobody again.
func (s *Store) BringDAG(ctx context.Context, root cid.Cid, limit int64) error {
	return s.bring(ctx, root, limit, false)
}

// BringFiles is BringDAG for who wants the files below a directory: its own nodes,
// which may be as many as the files, are verified and not kept.
func (s *Store) BringFiles(ctx context.Context, dir cid.Cid, limit int64) error {
	return s.bring(ctx, dir, limit, true)
}

func (s *Store) bring(ctx context.Context, root cid.Cid, limit int64, filesOnly bool) error {
	p, src, err := s.dagSource()
	if err != nil {
		return err
	}
	defer p.Begin()()
	now := time.Now()
	in := &incoming{store: s, from: p, filesOnly: filesOnly, reached: map[string]bool{root.KeyString(): false}, left: limit, asked: now, since: now}
	err = src.DAG(ctx, root, in.accept)
	switch {
	case err == nil && in.missing() > 0:
		err = fmt.Errorf("%d blocks are missing in the answer: %w", in.missing(), io.ErrUnexpectedEOF)
	case errors.Is(err, ErrNotFound) && len(in.reached) == 1:
		return fmt.Errorf("%w: %w", ErrNoDAG, err)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	if lie := new(MismatchError); errors.As(err, &lie) {
		p.lied(lie)
	}
	return &SourceError{Source: p.Name(), Err: fmt.Errorf("DAG %s: %w", root, err)}
}

// BringsDAGs says that the first source to ask can do so.
func (s *Store) BringsDAGs() bool {
	_, _, err := s.dagSource()
	return err == nil
}

// dagSource is the first source that may be asked, if it brings DAGs. Those
// behind it are not looked at: the first may well have the blocks nearer.
func (s *Store) dagSource() (*peer, dagSource, error) {
	peers, err := s.sources()
	if err != nil {
		return nil, nil, err
	}
	p, _ := newAsked(s).next(peers)
	if p == nil {
		return nil, nil, ErrNoDAG
	}
	if src, ok := p.Source.(dagSource); ok {
		return p, src, nil
	}
	return nil, nil, ErrNoDAG
}

// incoming is one answer of a dagSource.
type incoming struct {
	store *Store
	from  *peer
	// filesOnly leaves the nodes of directories away.
	filesOnly bool
	reached   map[string]bool // linked to by what came; true: came itself
	came      int
	left      int64 // bytes that may still come
	asked     time.Time

	since  time.Time // of the second under measure, and what came in it
	blocks int
	bytes  int
}

func (in *incoming) missing() int { return len(in.reached) - in.came }

func (in *incoming) accept(b blocks.Block) error {
	c, size := b.Cid(), len(b.RawData())
	came, reached := in.reached[c.KeyString()]
	switch {
	case !reached:
		return fmt.Errorf("block %s was not asked for", c)
	case came:
		return nil
	}
	if !hashesTo(c, b.RawData()) {
		return &MismatchError{CID: c, Source: in.from.Name(), Size: size}
	}
	if in.left -= int64(size); in.left < 0 {
		return errors.New("more bytes than the DAG was said to have")
	}
	node, err := decodeNode(b)
	if err != nil {
		return err
	}
	links, keep := targets(node), !in.filesOnly || !isDirectory(node)
	if keep {
		if err := in.store.disk.put(c, b.RawData()); err != nil {
			return err
		}
	}
	in.reached[c.KeyString()] = true
	in.came++
	for _, l := range links {
		if _, known := in.reached[l.KeyString()]; !known {
			in.reached[l.KeyString()] = false
		}
	}
	in.store.serve(in.from.Meter, c, size, time.Since(in.asked))
	if keep {
		in.store.arrivals.came(b, links)
	}
	return in.pace(size)
}

// isDirectory says that a node is of a UnixFS directory, or of a HAMT.
func isDirectory(node *merkledag.ProtoNode) bool {
	fs, err := unixfs.FSNodeFromBytes(node.Data())
	return err == nil && fs.IsDir()
}

// pace is errSlowDAG when too little came within a second.
func (in *incoming) pace(size int) error {
	in.blocks++
	in.bytes += size
	if time.Since(in.since) < time.Second {
		return nil
	}
	if in.blocks < slowestBlocks && in.bytes < slowestBytes {
		return errSlowDAG
	}
	in.since, in.blocks, in.bytes = time.Now(), 0, 0
	return nil
}

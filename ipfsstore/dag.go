package ipfsstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// ErrNoDAG says that the first source to ask hands over single blocks only, or
// does not have the DAG's root. Nothing is lost: [Store.Blocks] serves as ever.
var ErrNoDAG = errors.New("no source hands over the DAG whole")

// ErrNotWanted says that the caller did not want a DAG of that size.
var ErrNotWanted = errors.New("the DAG is not wanted")

// A dagSource is a [Source] that brings everything at a path below a root in one
// answer, the nodes on the way there first: parents before children, a block that
// stands in several places once or more often. The path is of names with a slash
// between them, "" for the root itself. An error that wraps [ErrNotFound] means that
// it does not have that.
type dagSource interface {
	DAG(ctx context.Context, root cid.Cid, path string, yield func(blocks.Block) error) error
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

// BringDAG fetches every block of what is at a path below root to the disk in one
// request, of which the first source has to be capable: it saves the round trips, and
// the source the work, of a request a block. Who does not know the directory's CID but
// that of one above it saves another round trip: its nodes come with the rest. "" is
// root itself.
//
// How large it is, as its writer says, the first blocks tell. want is asked then, once,
// before more is read, and may take its time; without its consent the error is
// [ErrNotWanted]. Every block is verified, and must be reached from root by those
// before it; more than was said is an error. What arrived before an error stays, and is
// asked for by nobody again.
func (s *Store) BringDAG(ctx context.Context, root cid.Cid, path string, want func(size int64) bool) error {
	return s.bring(ctx, root, path, want, false)
}

// BringFiles is BringDAG for who wants the files below a directory: its own nodes,
// which may be as many as the files, are verified and not kept.
func (s *Store) BringFiles(ctx context.Context, root cid.Cid, path string, want func(size int64) bool) error {
	return s.bring(ctx, root, path, want, true)
}

func (s *Store) bring(ctx context.Context, root cid.Cid, path string, want func(size int64) bool, filesOnly bool) error {
	p, src, err := s.dagSource()
	if err != nil {
		return err
	}
	defer p.Begin()()
	in := newIncoming(s, p, root, path, want)
	in.filesOnly = filesOnly
	err = src.DAG(ctx, root, path, in.accept)
	switch {
	case err == nil && in.missing() > 0:
		err = fmt.Errorf("%d blocks are missing in the answer: %w", in.missing(), io.ErrUnexpectedEOF)
	case errors.Is(err, ErrNotFound) && in.came == 0:
		return fmt.Errorf("%w: %w", ErrNoDAG, err)
	}
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrNotWanted) {
		return err
	}
	if lie := new(MismatchError); errors.As(err, &lie) {
		p.lied(lie)
	}
	return &SourceError{Source: p.Name(), Err: fmt.Errorf("DAG %s: %w", strings.TrimSuffix(root.String()+"/"+path, "/"), err)}
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
	// way is what of the path is still to be gone.
	way  []string
	want func(size int64) bool
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

func newIncoming(s *Store, from *peer, root cid.Cid, path string, want func(size int64) bool) *incoming {
	now := time.Now()
	in := &incoming{store: s, from: from, want: want, reached: map[string]bool{root.KeyString(): false}, asked: now, since: now}
	if path != "" {
		in.way = strings.Split(path, "/")
	}
	return in
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
	node, err := decodeNode(b)
	if err != nil {
		return err
	}
	links, keep, err := in.follow(node, int64(size))
	if err != nil {
		return err
	}
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

// follow says which of a node's links belong to what was asked for, and whether the
// node is to be kept: of one on the way there, the link that leads on.
func (in *incoming) follow(node *merkledag.ProtoNode, size int64) (links []cid.Cid, keep bool, err error) {
	if len(in.way) > 0 {
		next, err := entryOf(node, in.way[0])
		if err != nil {
			return nil, false, fmt.Errorf("%q: %w", in.way[0], err)
		}
		in.way = in.way[1:]
		return []cid.Cid{next}, true, nil
	}
	if in.want != nil {
		if err := in.consent(node, size); err != nil {
			return nil, false, err
		}
	}
	if in.left -= size; in.left < 0 {
		return nil, false, errors.New("more bytes than the DAG was said to have")
	}
	return targets(node), !in.filesOnly || !isDirectory(node), nil
}

// consent asks whether the DAG under a node is wanted, and bounds what may come of it.
func (in *incoming) consent(node *merkledag.ProtoNode, size int64) error {
	for _, l := range node.Links() {
		if size += int64(min(l.Size, maxDAG)); size > maxDAG { //nolint:gosec // bounded
			return fmt.Errorf("a DAG of more than %d bytes", int64(maxDAG))
		}
	}
	if !in.want(size) {
		return ErrNotWanted
	}
	in.want, in.left = nil, size+size/8+1<<20
	in.since = time.Now()
	return nil
}

// maxDAG bounds what a DAG may be said to have, in bytes.
const maxDAG = 1 << 50

// isDirectory says that a node is of a UnixFS directory, or of a HAMT.
func isDirectory(node *merkledag.ProtoNode) bool {
	fs, err := unixfs.FSNodeFromBytes(node.Data())
	return err == nil && fs.IsDir()
}

// ErrSharded says that a directory takes several blocks (HAMT): a path is not followed
// through it. It wraps [ErrNotFound].
var ErrSharded = fmt.Errorf("%w: no path goes through a directory of several blocks", ErrNotFound)

// EntryOf finds an entry of the directory that a block is. The error wraps [ErrNotFound]
// where the block is none, or has none of the name, and is [ErrSharded] where that would
// take other blocks.
func EntryOf(b blocks.Block, name string) (cid.Cid, error) {
	node, err := decodeNode(b)
	if err != nil {
		return cid.Undef, err
	}
	return entryOf(node, name)
}

func entryOf(node *merkledag.ProtoNode, name string) (cid.Cid, error) {
	fs, err := unixfs.FSNodeFromBytes(node.Data())
	if err != nil || !fs.IsDir() {
		return cid.Undef, fmt.Errorf("%w: it is in no directory", ErrNotFound)
	}
	if fs.Type() != unixfs.TDirectory {
		return cid.Undef, ErrSharded
	}
	link, err := node.GetNodeLink(name)
	if err != nil {
		return cid.Undef, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return link.Cid, nil
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

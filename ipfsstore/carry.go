package ipfsstore

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// carryBatch bounds the blocks that [Store.WriteDAG] holds at once: a batch of
// the largest there can be takes 64 MB.
const carryBatch = 32

// Reachable returns the hashes of all blocks of the DAGs under roots, as
// [cid.Cid.Hash] has them. It reads the nodes that have links alone, so that to
// know what is below a root takes none of the bytes that are.
func (s *Store) Reachable(ctx context.Context, roots []cid.Cid) (map[string]bool, error) {
	seen := make(map[string]struct{})
	hashes := make(map[string]bool)
	queue := unseen(seen, nil, roots)
	for len(queue) > 0 {
		var nodes []cid.Cid
		for _, c := range queue {
			hashes[string(c.Hash())] = true
			if c.Prefix().Codec == cid.DagProtobuf {
				nodes = append(nodes, c)
			}
		}
		queue = nil
		err := s.Blocks(ctx, nodes, func(b blocks.Block) error {
			links, err := linksOf(b)
			queue = unseen(seen, queue, links)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return hashes, nil
}

// HeldBelow is [Store.Reachable] for what is on the local disk alone: where a
// block is not there, what is below it does not count.
func (s *Store) HeldBelow(ctx context.Context, roots []cid.Cid) (map[string]bool, error) {
	seen := make(map[string]struct{})
	hashes := make(map[string]bool)
	for queue := unseen(seen, nil, roots); len(queue) > 0; queue = queue[1:] {
		c := queue[0]
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		hashes[string(c.Hash())] = true
		if c.Prefix().Codec != cid.DagProtobuf {
			continue
		}
		data, err := s.disk.get(c)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		b, err := blocks.NewBlockWithCid(data, c)
		if err != nil {
			return nil, err
		}
		links, err := linksOf(b)
		if err != nil {
			return nil, err
		}
		queue = unseen(seen, queue, links)
	}
	return hashes, nil
}

// KnownFiles lists the roots of all files whose integrity was ever learnt here.
// Not all of them need be here still.
func (s *Store) KnownFiles() ([]cid.Cid, error) { return s.digests.roots() }

// Names lists the newest records that were seen, of every name.
func (s *Store) Names() ([]Record, error) {
	entries, err := readDir(s.names.root)
	if err != nil {
		return nil, err
	}
	var out []Record
	for _, e := range entries {
		text, ok := strings.CutSuffix(e.Name(), ".json")
		name, err := ParseName(text)
		if !ok || err != nil {
			continue
		}
		rec, err := s.names.load(name)
		if err != nil {
			return nil, err
		}
		out = append(out, rec)
	}
	return out, nil
}

// WriteDAG writes the DAG under root to w as a CARv1 in an order that follows
// from the DAG alone, level by level, so that the same root gives the same
// bytes. Blocks of the hashes in without are left out, with all below them. It
// returns how many blocks it wrote.
func (s *Store) WriteDAG(ctx context.Context, w io.Writer, root cid.Cid, without map[string]bool) (int, error) {
	written := 0
	err := writeCAR(ctx, w, []cid.Cid{root}, func(put func(blocks.Block) error) error {
		seen := make(map[string]struct{})
		queue := unseen(seen, nil, []cid.Cid{root})
		for len(queue) > 0 {
			batch := queue[:min(carryBatch, len(queue))]
			queue = queue[len(batch):]
			level, err := s.inOrder(ctx, batch, without)
			if err != nil {
				return err
			}
			for _, b := range level {
				links, err := linksOf(b)
				if err != nil {
					return err
				}
				queue = unseen(seen, queue, links)
				if err := put(b); err != nil {
					return err
				}
				written++
			}
		}
		return nil
	})
	return written, err
}

// inOrder brings blocks in the order in which they are asked for.
func (s *Store) inOrder(ctx context.Context, cids []cid.Cid, without map[string]bool) ([]blocks.Block, error) {
	place := make(map[string]int, len(cids))
	var wanted []cid.Cid
	for _, c := range cids {
		if !without[string(c.Hash())] {
			place[c.KeyString()] = len(wanted)
			wanted = append(wanted, c)
		}
	}
	out := make([]blocks.Block, len(wanted))
	err := s.Blocks(ctx, wanted, func(b blocks.Block) error {
		out[place[b.Cid().KeyString()]] = b
		return nil
	})
	return out, err
}

// CheckRecord verifies a signed record that somebody carried here as if a
// source had served it: against its name, and against the newest record seen
// before. That it has expired is for the caller to judge, for a carrier takes
// his time. Nothing is remembered.
//
// The errors: *[RecordError], and *[RollbackError] unless rollback allows it.
func (s *Store) CheckRecord(name string, data []byte, carrier string, rollback bool) (Record, error) {
	n, err := ParseName(name)
	if err != nil {
		return Record{}, err
	}
	rec, err := ParseRecord(n, data)
	if err != nil {
		return Record{}, &RecordError{n.String(), carrier, err}
	}
	rec.Source = carrier
	have, err := s.names.load(n)
	switch {
	case err == nil && rec.Sequence < have.Sequence && !rollback:
		return Record{}, rolledBack(rec, have)
	case err != nil && !errors.Is(err, ErrNotFound) && !isRecordError(err):
		return Record{}, err
	}
	return rec, nil
}

// KeepRecord remembers a record that [Store.CheckRecord] returned, unless a
// newer one is remembered by then and rollback does not allow it.
func (s *Store) KeepRecord(rec Record, rollback bool) error {
	n, err := ParseName(rec.Name)
	if err != nil {
		return err
	}
	_, err = s.names.save(n, rec, rollback)
	return err
}

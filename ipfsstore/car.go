package ipfsstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync"

	"github.com/ipfs/boxo/files"
	"github.com/ipfs/boxo/ipld/merkledag"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	carv2 "github.com/ipld/go-car/v2"
	carstorage "github.com/ipld/go-car/v2/storage"
)

// walkBatch bounds the blocks of one batch of [Store.Walk], and so its memory.
const walkBatch = 512

// Walk hands over every block of the DAGs under roots once, parents before
// children: a batch at a time, from disk or sources like [Store.Blocks].
func (s *Store) Walk(ctx context.Context, roots []cid.Cid, yield func(blocks.Block) error) error {
	seen := make(map[string]struct{})
	queue := unseen(seen, nil, roots)
	for len(queue) > 0 {
		batch := queue[:min(walkBatch, len(queue))]
		queue = queue[len(batch):]
		err := s.Blocks(ctx, batch, func(b blocks.Block) error {
			links, err := linksOf(b)
			if err != nil {
				return err
			}
			queue = unseen(seen, queue, links)
			return yield(b)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unseen appends to queue those of the CIDs that are new, and marks them.
func unseen(seen map[string]struct{}, queue, cids []cid.Cid) []cid.Cid {
	for _, c := range cids {
		if _, ok := seen[c.KeyString()]; ok {
			continue
		}
		seen[c.KeyString()] = struct{}{}
		queue = append(queue, c)
	}
	return queue
}

func linksOf(b blocks.Block) ([]cid.Cid, error) {
	node, err := decodeNode(b)
	if err != nil {
		return nil, err
	}
	return targets(node), nil
}

// decodeNode decodes a block; one of bytes alone is an empty node.
func decodeNode(b blocks.Block) (*merkledag.ProtoNode, error) {
	if b.Cid().Prefix().Codec != cid.DagProtobuf {
		return new(merkledag.ProtoNode), nil
	}
	node, err := merkledag.DecodeProtobuf(b.RawData())
	if err != nil {
		return nil, fmt.Errorf("block %s: %w", b.Cid(), err)
	}
	return node, nil
}

// targets are where a node's links lead.
func targets(node *merkledag.ProtoNode) []cid.Cid {
	links := make([]cid.Cid, len(node.Links()))
	for i, l := range node.Links() {
		links[i] = l.Cid
	}
	return links
}

// Export writes the DAGs under roots to w as a CARv1
// (https://ipld.io/specs/transport/car/carv1/), for Kubo's `dag import`,
// [Store.ImportCAR], or a stick.
func (s *Store) Export(ctx context.Context, roots []cid.Cid, w io.Writer) error {
	return writeCAR(ctx, w, roots, func(yield func(blocks.Block) error) error {
		return s.Walk(ctx, roots, yield)
	})
}

// writeCAR writes the blocks that each hands to its callback.
func writeCAR(ctx context.Context, w io.Writer, roots []cid.Cid, each func(func(blocks.Block) error) error) error {
	car, err := carstorage.NewWritable(w, roots, carv2.WriteAsCarV1(true))
	if err != nil {
		return fmt.Errorf("writing CAR: %w", err)
	}
	err = each(func(b blocks.Block) error {
		return car.Put(ctx, b.Cid().KeyString(), b.RawData())
	})
	if err != nil {
		return fmt.Errorf("writing CAR: %w", err)
	}
	return car.Finalize()
}

// ImportCAR reads a CAR (version 1 or 2) into the local disk and returns its
// roots. Every block is verified; what precedes a bad one stays.
func (s *Store) ImportCAR(ctx context.Context, r io.Reader) ([]cid.Cid, error) {
	car, err := openCAR(r)
	if err != nil {
		return nil, err
	}
	err = readCAR(car, func(b blocks.Block) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !hashesTo(b.Cid(), b.RawData()) {
			return &MismatchError{CID: b.Cid(), Source: "CAR", Size: len(b.RawData())}
		}
		return s.disk.put(b.Cid(), b.RawData())
	})
	if err != nil {
		return nil, err
	}
	return car.Roots, nil
}

// openCAR reads a CAR's header, with bounds for what it may claim.
func openCAR(r io.Reader) (*carv2.BlockReader, error) {
	car, err := carv2.NewBlockReader(r,
		carv2.MaxAllowedHeaderSize(1<<20), carv2.MaxAllowedSectionSize(MaxBlock+maxCIDText), carv2.WithTrustedCAR(true))
	if err != nil {
		return nil, fmt.Errorf("reading CAR: %w", err)
	}
	return car, nil
}

// readCAR hands over the blocks of a CAR as they come, unverified.
func readCAR(car *carv2.BlockReader, yield func(blocks.Block) error) error {
	for {
		b, err := car.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading CAR: %w", err)
		}
		if err := yield(b); err != nil {
			return err
		}
	}
}

// ImportCAR sends blocks to the daemon as a stream (dag/import) and has it pin
// the roots, whose DAGs must be complete by then. Blocks over 2 MiB are
// refused by Kubo: no peer could fetch them by bitswap.
func (k *KuboSource) ImportCAR(ctx context.Context, roots []cid.Cid, each iter.Seq2[blocks.Block, error]) error {
	ctx, cancel := context.WithCancel(ctx)
	reader, writer := io.Pipe()
	var sent sync.WaitGroup
	sent.Go(func() {
		writer.CloseWithError(writeCAR(ctx, writer, roots, func(put func(blocks.Block) error) error {
			for b, err := range each {
				if err != nil {
					return err
				}
				if err := put(b); err != nil {
					return err
				}
			}
			return nil
		}))
	})
	err := k.importCAR(ctx, roots, reader)
	// Where Kubo hung up early the writer is told, and each is not called upon
	// any more when this returns.
	reader.CloseWithError(errors.New("import ended"))
	cancel()
	sent.Wait()
	return err
}

func (k *KuboSource) importCAR(ctx context.Context, roots []cid.Cid, car io.Reader) error {
	body := files.NewMultiFileReader(files.NewSliceDirectory([]files.DirEntry{
		files.FileEntry("roots.car", files.NewReaderFile(car)),
	}), true, false)
	resp, err := k.shell.Request("dag/import").
		Option("pin-roots", true).Option("allow-big-block", false).Body(body).Send(ctx)
	if err != nil {
		return fmt.Errorf("dag/import: %w", err)
	}
	defer resp.Close()
	if resp.Error != nil {
		return fmt.Errorf("dag/import: %w", resp.Error)
	}
	return pinnedRoots(resp.Output, roots)
}

// pinnedRoots reads dag/import's stream of one event a root and checks that
// each was pinned.
func pinnedRoots(r io.Reader, roots []cid.Cid) error {
	pinned := make(map[string]bool)
	dec := json.NewDecoder(r)
	for {
		var event struct {
			Root *struct {
				Cid         map[string]string
				PinErrorMsg string
			}
		}
		err := dec.Decode(&event)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("dag/import: %w", err)
		}
		if event.Root == nil {
			continue
		}
		if msg := strings.TrimSpace(event.Root.PinErrorMsg); msg != "" {
			return fmt.Errorf("dag/import: pinning %s: %s", event.Root.Cid["/"], msg)
		}
		pinned[event.Root.Cid["/"]] = true
	}
	for _, root := range roots {
		if !pinned[root.String()] {
			return fmt.Errorf("dag/import: root %s was not pinned", root)
		}
	}
	return nil
}

// Push sends the DAGs under roots from the store to the daemon and pins them.
func (s *Store) Push(ctx context.Context, k *KuboSource, roots []cid.Cid) error {
	return k.ImportCAR(ctx, roots, func(yield func(blocks.Block, error) bool) {
		stop := errors.New("stopped")
		err := s.Walk(ctx, roots, func(b blocks.Block) error {
			if !yield(b, nil) {
				return stop
			}
			return nil
		})
		if err != nil && !errors.Is(err, stop) {
			yield(nil, err)
		}
	})
}

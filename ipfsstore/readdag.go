package ipfsstore

import (
	"context"
	"fmt"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// FileError says that a CID's blocks are sound but do not make the file asked
// for: a directory, a DAG that contradicts itself, a wrong size.
type FileError struct {
	CID cid.Cid
	Msg string
}

// Error names the CID and the fault.
func (e *FileError) Error() string {
	return fmt.Sprintf("%s is not the file asked for: %s", e.CID, e.Msg)
}

// maxNodes bounds the blocks of one file, so that a DAG which links one small
// block a million times cannot hold the reader: 128 GiB of 1 MiB chunks.
const maxNodes = 1 << 17

// maxDepth bounds a file's levels; 1024 links a node make a petabyte in five.
const maxDepth = 8

// span is a place in the file that a block must fill exactly.
type span struct {
	c      cid.Cid
	offset int64
	size   int64
}

// readDAG reads a UnixFS file level by level, each level's blocks in one
// batch. The root's size is checked against the limit before memory is taken
// for it, and each block must fill the place that its parent gave it.
func (s *Store) readDAG(ctx context.Context, root cid.Cid, limit int64) (data []byte, fetched bool, err error) {
	level := []span{{c: root, size: -1}}
	nodes := 0
	for depth := 0; len(level) > 0; depth++ {
		if depth > maxDepth {
			return nil, false, &FileError{root, "too many levels"}
		}
		if nodes += len(level); nodes > maxNodes {
			return nil, false, &FileError{root, "too many blocks"}
		}
		got, remote, err := s.level(ctx, level)
		if err != nil {
			return nil, false, err
		}
		fetched = fetched || remote
		if level, data, err = place(root, level, got, data, limit); err != nil {
			return nil, false, err
		}
	}
	return data, fetched, nil
}

// level brings the distinct blocks of one level.
func (s *Store) level(ctx context.Context, level []span) (got map[cid.Cid]blocks.Block, remote bool, err error) {
	cids := make([]cid.Cid, 0, len(level))
	got = make(map[cid.Cid]blocks.Block, len(level))
	for _, sp := range level {
		if _, ok := got[sp.c]; !ok {
			got[sp.c] = nil
			cids = append(cids, sp.c)
		}
	}
	remote, err = s.blocks(ctx, cids, func(b blocks.Block) error {
		got[b.Cid()] = b
		return nil
	})
	return got, remote, err
}

// place copies the level's data into the file and returns the next level.
func place(root cid.Cid, level []span, got map[cid.Cid]blocks.Block, data []byte, limit int64) ([]span, []byte, error) {
	var next []span
	for _, sp := range level {
		part, err := decodePart(got[sp.c])
		if err != nil {
			return nil, nil, &FileError{root, err.Error()}
		}
		if data == nil {
			if part.size > limit {
				return nil, nil, &FileError{root, fmt.Sprintf("has %d bytes, more than %d", part.size, limit)}
			}
			data = make([]byte, part.size)
			sp.size = part.size
		}
		if part.size != sp.size {
			return nil, nil, &FileError{root, fmt.Sprintf("block %s holds %d bytes where its parent says %d", sp.c, part.size, sp.size)}
		}
		copy(data[sp.offset:], part.inline)
		at := sp.offset + int64(len(part.inline))
		for _, child := range part.children {
			child.offset += at
			next = append(next, child)
		}
		if len(next) > maxNodes {
			return nil, nil, &FileError{root, "too many blocks"}
		}
	}
	return next, data, nil
}

// part is one block of a file: bytes of its own, then children, with offsets
// relative to the end of the former.
type part struct {
	size     int64
	inline   []byte
	children []span
}

func decodePart(b blocks.Block) (part, error) {
	if b.Cid().Prefix().Codec == cid.Raw {
		return part{size: int64(len(b.RawData())), inline: b.RawData()}, nil
	}
	node, err := decodeNode(b)
	if err != nil {
		return part{}, err
	}
	file, err := unixfs.FSNodeFromBytes(node.Data())
	if err != nil {
		return part{}, fmt.Errorf("block %s: %w", b.Cid(), err)
	}
	if t := file.Type(); t != unixfs.TFile && t != unixfs.TRaw {
		return part{}, fmt.Errorf("block %s is a UnixFS %s", b.Cid(), t)
	}
	return partOf(b.Cid(), node, file)
}

// partOf checks that the node's sizes add up. Empty children are refused: no
// builder makes them, and they would let a DAG grow without growing the file.
func partOf(c cid.Cid, node *merkledag.ProtoNode, file *unixfs.FSNode) (part, error) {
	links := node.Links()
	if file.NumChildren() != len(links) {
		return part{}, fmt.Errorf("block %s has %d links and %d sizes", c, len(links), file.NumChildren())
	}
	p := part{inline: file.Data(), children: make([]span, len(links))}
	var offset uint64
	for i, l := range links {
		size := file.BlockSize(i)
		if size == 0 || size > MaxFile || offset+size > MaxFile {
			return part{}, fmt.Errorf("block %s: a child of %d bytes at %d", c, size, offset)
		}
		p.children[i] = span{c: l.Cid, offset: int64(offset), size: int64(size)}
		offset += size
	}
	p.size = int64(offset) + int64(len(p.inline))
	if uint64(p.size) != file.FileSize() {
		return part{}, fmt.Errorf("block %s: %d bytes in all, but it says %d", c, p.size, file.FileSize())
	}
	return p, nil
}

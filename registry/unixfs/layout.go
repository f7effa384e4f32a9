package unixfs

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// seal makes the block of data.
func seal(codec uint64, data []byte) (blocks.Block, error) {
	sum := sha256.Sum256(data)
	mh := append([]byte{hashSHA256, hashSHA256Size}, sum[:]...)
	return blocks.NewBlockWithCid(data, cid.NewCidV1(codec, mh))
}

// File lays data out as a file: one raw block up to 1 MiB, above that a node
// over raw chunks of 1 MiB. The link comes without a name. Data must stay as
// it is for as long as the blocks are in use.
func File(data []byte) (Link, []blocks.Block, error) {
	if len(data) <= chunkSize {
		b, err := seal(codecRaw, data)
		if err != nil {
			return Link{}, nil, err
		}
		return Link{CID: b.Cid(), Size: uint64(len(data))}, []blocks.Block{b}, nil
	}
	if len(data) > chunkSize*fileLinks {
		return Link{}, nil, fmt.Errorf("unixfs: a file of %d bytes is too long", len(data))
	}
	var out []blocks.Block
	var links []rawLink
	var sizes []uint64
	for chunk := range slices.Chunk(data, chunkSize) {
		b, err := seal(codecRaw, chunk)
		if err != nil {
			return Link{}, nil, err
		}
		out = append(out, b)
		links = append(links, rawLink{hash: b.Cid().KeyString(), size: uint64(len(chunk))})
		sizes = append(sizes, uint64(len(chunk)))
	}
	b, err := seal(codecDagPB, encodeNode(links, fileData(sizes)))
	if err != nil {
		return Link{}, nil, err
	}
	return sealedLink(b, links), append(out, b), nil
}

// fileData is the UnixFS message of a file node whose children hold sizes.
func fileData(sizes []uint64) []byte {
	var total uint64
	for _, s := range sizes {
		total += s
	}
	buf := appendVarintField(nil, 1, uint64(kindFile))
	buf = appendVarintField(buf, 3, total)
	for _, s := range sizes {
		buf = appendVarintField(buf, 4, s)
	}
	return buf
}

// sealedLink is a link to the new node b with these links.
func sealedLink(b blocks.Block, links []rawLink) Link {
	total := uint64(len(b.RawData()))
	for i := range links {
		total += links[i].size
	}
	return Link{CID: b.Cid(), Size: total}
}

// maxLaidOut bounds the arithmetic of FileSize, whose sizes are hearsay.
const maxLaidOut = 16 << 30

// FileSize returns the Tsize of a file of size bytes under c without its
// blocks: size itself when c is a raw block, otherwise what the profile's
// balanced layout adds up to, which depends on the size alone (beyond
// 16 GiB it is taken to be the size). A file that was laid out otherwise has
// another sum; the number is advice and nothing
// follows from it but the CID of the directory, equal for all who know the
// same CIDs and sizes.
func FileSize(c cid.Cid, size int64) uint64 {
	if c.Prefix().Codec == codecRaw || size <= chunkSize || size > maxLaidOut {
		return uint64(size)
	}
	type part struct{ content, total uint64 }
	level := make([]part, 0, size/chunkSize+1)
	for rest := uint64(size); rest > 0; rest -= min(rest, chunkSize) {
		n := min(rest, chunkSize)
		level = append(level, part{n, n})
	}
	hash := placeholder()
	for len(level) > 1 {
		var parents []part
		for group := range slices.Chunk(level, fileLinks) {
			links, sizes := make([]rawLink, len(group)), make([]uint64, len(group))
			var p part
			for i, child := range group {
				links[i], sizes[i] = rawLink{hash: hash, size: child.total}, child.content
				p.content += child.content
				p.total += child.total
			}
			p.total += uint64(len(encodeNode(links, fileData(sizes))))
			parents = append(parents, p)
		}
		level = parents
	}
	return level[0].total
}

// placeholder is as long as any CID of the profile.
func placeholder() string { return string(make([]byte, 4+hashSHA256Size)) }

// Directory lays entries out as a directory, plain or sharded by the profile's
// threshold. Names must be distinct and non-empty and without a slash; their
// order does not matter. The link comes without a name.
func Directory(entries []Link) (Link, []blocks.Block, error) {
	sorted := slices.SortedFunc(slices.Values(entries), func(a, b Link) int { return strings.Compare(a.Name, b.Name) })
	size := plainDataSize
	links := make([]rawLink, len(sorted))
	for i, l := range sorted {
		if l.Name == "" || strings.Contains(l.Name, "/") || !l.CID.Defined() {
			return Link{}, nil, fmt.Errorf("unixfs: %q -> %s cannot be an entry", l.Name, l.CID)
		}
		if i > 0 && sorted[i-1].Name == l.Name {
			return Link{}, nil, fmt.Errorf("unixfs: two entries are called %q", l.Name)
		}
		links[i] = l.raw()
		size += links[i].entrySize()
	}
	if size > maxPlainBlock {
		return shardOf(links)
	}
	b, err := seal(codecDagPB, encodeNode(links, plainData()))
	if err != nil {
		return Link{}, nil, err
	}
	return sealedLink(b, links), []blocks.Block{b}, nil
}

// plainData is the UnixFS message of a plain directory.
func plainData() []byte { return appendVarintField(nil, 1, uint64(kindDirectory)) }

// plainDataSize is what plainData adds to a node.
const plainDataSize = 4

package unixfs

import (
	"context"
	"fmt"

	"github.com/ipfs/go-cid"
)

// Limits on one file beside the caller's on its length: a hostile one could
// repeat a block, or chain nodes that hold nothing.
const (
	maxFileParts = 4096
	maxFileDepth = 8
)

// Content is the answer to one file.
type Content struct {
	// Data may be a block's own memory; do not change it.
	Data []byte
	// Err is a *MissingError or a *FormatError.
	Err error
}

// part is a stretch of a file: its bytes, or the node that has them.
type part struct {
	data  []byte
	cid   cid.Cid // defined while the bytes are not here
	size  uint64  // declared by the parent
	known bool    // size is declared
}

type file struct {
	root  cid.Cid
	parts []part
	err   error
}

// Read returns the contents of files, at most limit bytes each, in the order
// of cids. All leaves of one level of all files come by one call of the
// Source.
func (t *Tree) Read(ctx context.Context, cids []cid.Cid, limit int64) []Content {
	files := make([]*file, len(cids))
	for i, c := range cids {
		files[i] = &file{root: c, parts: []part{{cid: c}}}
	}
	for depth := 0; ; depth++ {
		wanted := pending(files)
		if len(wanted) == 0 {
			break
		}
		blocks := fetch(ctx, t.src, wanted)
		for _, f := range files {
			if depth == maxFileDepth && f.incomplete() {
				f.fail("nested deeper than %d", maxFileDepth)
			}
			f.expand(blocks, uint64(limit))
		}
	}
	out := make([]Content, len(files))
	for i, f := range files {
		out[i] = f.content()
	}
	return out
}

// pending returns the distinct nodes that are still to be fetched.
func pending(files []*file) []cid.Cid {
	var out []cid.Cid
	seen := map[cid.Cid]bool{}
	for _, f := range files {
		for i := range f.parts {
			if c := f.parts[i].cid; c.Defined() && f.err == nil && !seen[c] {
				seen[c] = true
				out = append(out, c)
			}
		}
	}
	return out
}

func (f *file) incomplete() bool {
	for i := range f.parts {
		if f.parts[i].cid.Defined() {
			return true
		}
	}
	return false
}

func (f *file) fail(format string, args ...any) {
	if f.err == nil {
		f.err = &FormatError{CID: f.root, Reason: fmt.Sprintf(format, args...)}
	}
}

// expand replaces every part that came by its bytes and its children.
func (f *file) expand(blocks map[cid.Cid]fetched, limit uint64) {
	if f.err != nil || !f.incomplete() {
		return
	}
	var parts []part
	var total uint64
	for _, p := range f.parts {
		if p.cid.Defined() {
			below, err := p.open(blocks[p.cid])
			if err != nil {
				f.err = err
				return
			}
			parts = append(parts, below...)
		} else {
			parts = append(parts, p)
		}
		if len(parts) > maxFileParts {
			f.fail("more than %d parts", maxFileParts)
			return
		}
	}
	for _, p := range parts {
		if total += p.size; total > limit || p.size > limit {
			f.fail("longer than %d bytes", limit)
			return
		}
	}
	f.parts = parts
}

// open returns what the node of p consists of.
func (p part) open(got fetched) ([]part, error) {
	if got.err != nil {
		return nil, got.err
	}
	data, children := got.block.RawData(), []part(nil)
	if p.cid.Prefix().Codec != codecRaw {
		n, err := decode(got.block)
		if err != nil {
			return nil, err
		}
		if n.kind != kindFile && n.kind != kindRaw {
			return nil, n.badf("it is %v, not a file", n.kind)
		}
		data = []byte(n.data)
		if children, err = n.children(); err != nil {
			return nil, err
		}
	}
	size := uint64(len(data))
	for _, c := range children {
		size += c.size
	}
	if p.known && size != p.size {
		return nil, &FormatError{CID: p.cid, Reason: fmt.Sprintf("has %d bytes where %d are declared", size, p.size)}
	}
	return append([]part{{data: data, size: uint64(len(data)), known: true}}, children...), nil
}

func (n *node) children() ([]part, error) {
	out := make([]part, len(n.links))
	total := uint64(len(n.data))
	for i := range n.links {
		l, err := n.link(i, "")
		if err != nil {
			return nil, err
		}
		out[i] = part{cid: l.CID, size: n.blockSizes[i], known: true}
		if next := total + n.blockSizes[i]; next < total || n.blockSizes[i] == 0 {
			return nil, n.badf("a part of %d bytes", n.blockSizes[i])
		} else {
			total = next
		}
	}
	if n.fileSize != total && (n.kind == kindFile || n.fileSize != 0) {
		return nil, n.badf("its parts add up to %d bytes, not %d", total, n.fileSize)
	}
	return out, nil
}

func (f *file) content() Content {
	if f.err != nil {
		return Content{Err: f.err}
	}
	if len(f.parts) == 1 {
		return Content{Data: f.parts[0].data}
	}
	var out []byte
	for _, p := range f.parts {
		out = append(out, p.data...)
	}
	return Content{Data: out}
}

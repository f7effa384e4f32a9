package share

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	carv2 "github.com/ipld/go-car/v2"
	"github.com/ipld/go-car/v2/storage"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

// maxCAR bounds the blocks of one CAR: ten times those of a registry of 50,000
// packages.
const maxCAR = 1 << 20

// car answers with what is at a path below a root as one CAR (version 1): the nodes on
// the way there, and the DAG, depth first, each block once. Where there is no such path
// the nodes on the way prove it, of a CAR of nothing. A block that is not here
// breaks the connection off: half a CAR must not look like a whole one.
func (h web) car(w http.ResponseWriter, r *http.Request, root cid.Cid, way string) {
	scope := r.URL.Query().Get("dag-scope")
	switch scope {
	case "":
		scope = "all"
	case "all", "entity", "block":
	default:
		http.Error(w, fmt.Sprintf("dag-scope %q is none of all, entity, block", scope), http.StatusBadRequest)
		return
	}
	nodes, at, err := h.follow(r.Context(), root, way)
	if err != nil {
		fail(w, err)
		return
	}
	describe(w, nodes, at, way, scope)
	if r.Header.Get("If-None-Match") == w.Header().Get("Etag") {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if r.Method != http.MethodHead {
		h.writeCAR(w, r, nodes, at, scope)
	}
}

// writeCAR writes the nodes on a way, and what the scope has of what is at its end.
func (h web) writeCAR(w http.ResponseWriter, r *http.Request, nodes []blocks.Block, at cid.Cid, scope string) {
	out, err := storage.NewWritable(w, []cid.Cid{at}, carv2.WriteAsCarV1(true))
	if err == nil {
		walk := &walk{out: h.out, seen: cid.NewSet(), put: func(b blocks.Block) error {
			return out.Put(r.Context(), b.Cid().KeyString(), b.RawData())
		}}
		err = walk.all(r.Context(), nodes, at, scope)
	}
	if err == nil {
		err = out.Finalize()
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
}

// describe sets the headers of a CAR.
func describe(w http.ResponseWriter, nodes []blocks.Block, at cid.Cid, way, scope string) {
	var roots []string
	for _, b := range nodes {
		roots = append(roots, b.Cid().String())
	}
	if roots = append(roots, at.String()); isNothing(at) {
		roots = roots[:1] // as boxo has it
	}
	file := roots[0]
	if way != "" {
		file += "_" + path.Base(way)
	}
	setImmutable(w, file, carType+"; version=1; order=dfs; dups=n", ".car",
		fmt.Sprintf(`W/"%s.car.%s"`, strings.Join(append(roots, way), "."), scope))
	w.Header().Set("X-Ipfs-Roots", strings.Join(roots, ","))
}

// isNothing says that a CID is emptyBlock's, the root of a CAR that proves an absence.
func isNothing(c cid.Cid) bool { return c.String() == emptyBlock }

// follow goes along a path. It returns the nodes on the way, and what is at its end:
// where there is nothing emptyBlock, and the nodes that show it.
func (h web) follow(ctx context.Context, root cid.Cid, way string) (nodes []blocks.Block, at cid.Cid, err error) {
	at = root
	if way == "" {
		return nil, at, nil
	}
	for name := range strings.SplitSeq(way, "/") {
		b, err := h.out.Held(ctx, at)
		if err != nil {
			return nil, at, err
		}
		nodes = append(nodes, b)
		at, err = ipfsstore.EntryOf(b, name)
		if errors.Is(err, ipfsstore.ErrNotFound) && !errors.Is(err, ipfsstore.ErrSharded) {
			at, err = cid.Decode(emptyBlock)
			return nodes, at, err
		}
		if err != nil {
			return nodes, at, err
		}
	}
	return nodes, at, nil
}

// walk is a DAG on its way out.
type walk struct {
	out  *Outlet
	seen *cid.Set
	put  func(blocks.Block) error
}

// all hands out the nodes of a way, and what is at its end.
func (w *walk) all(ctx context.Context, nodes []blocks.Block, at cid.Cid, scope string) error {
	for _, b := range nodes {
		if !w.seen.Visit(b.Cid()) {
			continue
		}
		if err := w.put(b); err != nil {
			return err
		}
	}
	if isNothing(at) {
		return nil
	}
	return w.visit(ctx, at, scope)
}

// visit hands out the DAG under c: all of it, or of an entity what makes up the
// file or the directory itself, or the one block.
func (w *walk) visit(ctx context.Context, c cid.Cid, scope string) error {
	if !w.seen.Visit(c) {
		return nil
	}
	if w.seen.Len() > maxCAR {
		return fmt.Errorf("more than %d blocks", maxCAR)
	}
	b, err := w.out.Held(ctx, c)
	if err != nil {
		return err
	}
	if err := w.put(b); err != nil || scope == "block" {
		return err
	}
	next, err := linksOf(b, scope)
	if err != nil {
		return err
	}
	for _, link := range next {
		if err := w.visit(ctx, link, scope); err != nil {
			return err
		}
	}
	return nil
}

// linksOf are those of a block that belong to the scope. A HAMT's inner nodes are
// linked by a name of two digits, its entries by a longer one.
func linksOf(b blocks.Block, scope string) ([]cid.Cid, error) {
	if b.Cid().Prefix().Codec != cid.DagProtobuf {
		return nil, nil
	}
	node, err := merkledag.DecodeProtobuf(b.RawData())
	if err != nil {
		return nil, fmt.Errorf("block %s: %w", b.Cid(), err)
	}
	inner := func(string) bool { return true }
	if fs, err := unixfs.FSNodeFromBytes(node.Data()); err == nil && scope == "entity" {
		switch fs.Type() {
		case unixfs.TDirectory:
			return nil, nil
		case unixfs.THAMTShard:
			inner = func(name string) bool { return len(name) == 2 }
		}
	}
	var next []cid.Cid
	for _, link := range node.Links() {
		if inner(link.Name) {
			next = append(next, link.Cid)
		}
	}
	return next, nil
}

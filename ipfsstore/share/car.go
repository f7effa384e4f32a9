package share

import (
	"context"
	"fmt"
	"net/http"

	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	carv2 "github.com/ipld/go-car/v2"
	"github.com/ipld/go-car/v2/storage"
)

// maxCAR bounds the blocks of one CAR: ten times those of a registry of 50,000
// packages.
const maxCAR = 1 << 20

// car answers with a DAG as one CAR (version 1), depth first, each block once.
// A block that is not here breaks the connection off: half a CAR must not look
// like a whole one.
func (h web) car(w http.ResponseWriter, r *http.Request, root cid.Cid) {
	scope := r.URL.Query().Get("dag-scope")
	switch scope {
	case "":
		scope = "all"
	case "all", "entity", "block":
	default:
		http.Error(w, fmt.Sprintf("dag-scope %q is none of all, entity, block", scope), http.StatusBadRequest)
		return
	}
	setImmutable(w, root.String(), carType+"; version=1; order=dfs; dups=n", ".car", "")
	w.Header().Set("Etag", fmt.Sprintf(`W/"%s.car.%s"`, root, scope))
	if r.Header.Get("If-None-Match") == w.Header().Get("Etag") {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if r.Method == http.MethodHead {
		return
	}
	out, err := storage.NewWritable(w, []cid.Cid{root}, carv2.WriteAsCarV1(true))
	if err == nil {
		walk := &walk{out: h.out, seen: cid.NewSet(), put: func(b blocks.Block) error {
			return out.Put(r.Context(), b.Cid().KeyString(), b.RawData())
		}}
		err = walk.visit(r.Context(), root, scope)
	}
	if err == nil {
		err = out.Finalize()
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
}

// walk is a DAG on its way out.
type walk struct {
	out  *Outlet
	seen *cid.Set
	put  func(blocks.Block) error
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

package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// near has what came from far, which can bring a DAG whole.
type near struct {
	*memory
	far *memory
	// asked are the DAGs that were asked for, "root/path", and refused those of them
	// that were not wanted then.
	asked, refused []string
	down           bool // no DAG can be had
}

func newNear(far *memory) *near { return &near{memory: newMemory(), far: far} }

func (n *near) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	missing := slices.DeleteFunc(slices.Clone(cids), n.Has)
	if len(missing) > 0 {
		err := n.far.Blocks(ctx, missing, func(b blocks.Block) error { return n.PutBlocks(ctx, []blocks.Block{b}) })
		if err != nil {
			return err
		}
	}
	return n.memory.Blocks(ctx, cids, yield)
}

func (n *near) Has(c cid.Cid) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.blocks[c] != nil
}

func (n *near) BringDAG(ctx context.Context, root cid.Cid, path string, want func(size int64) bool) error {
	at := fmt.Sprintf("%s/%s", root, path)
	n.asked = append(n.asked, at)
	if n.down {
		return errors.New("down")
	}
	dir := unixfs.Link{CID: root}
	if path != "" {
		found := unixfs.NewTree(n.far).Find(ctx, root, [][]string{{path}})[0]
		if found.Err != nil {
			return found.Err
		}
		dir = found.Link
	}
	if !want(int64(dir.Size)) {
		n.refused = append(n.refused, at)
		return errors.New("not wanted")
	}
	n.far.mu.Lock()
	all := slices.Collect(maps.Values(n.far.blocks))
	n.far.mu.Unlock()
	return n.PutBlocks(ctx, all)
}

// TestOpenFirst asks for the documents by their path, and reads what came so or, where
// that is too much, not to be had, or of an index that is here, as ever.
func TestOpenFirst(t *testing.T) {
	far, root, names := many(t, 60)
	large, largeRoot, _ := many(t, 30_000)
	for what, tc := range map[string]struct {
		near           *near
		root           cid.Cid
		asked, refused int
		whole          bool
	}{
		"small": {newNear(far), root, 1, 0, true},
		"large": {newNear(large), largeRoot, 1, 1, false},
		"down":  {&near{memory: newMemory(), far: far, down: true}, root, 1, 0, false},
	} {
		t.Run(what, func(t *testing.T) {
			r, err := OpenFirst(t.Context(), tc.near, tc.root)
			if err != nil {
				t.Fatal(err)
			}
			if len(tc.near.asked) != tc.asked || len(tc.near.refused) != tc.refused || r.IsWhole() != tc.whole {
				t.Errorf("asked for %v, not wanted %v, whole %v", tc.near.asked, tc.near.refused, r.IsWhole())
			}
			if want := tc.root.String() + "/packages"; tc.near.asked[0] != want {
				t.Errorf("asked for %s, not for %s", tc.near.asked[0], want)
			}
			tc.near.far.count()
			for _, name := range names[:20] {
				if p, err := r.Packument(t.Context(), name); err != nil || p.Name != name {
					t.Fatalf("%s: %v", name, err)
				}
			}
			if calls, _ := tc.near.far.count(); (calls == 0) != tc.whole {
				t.Errorf("%d more questions for documents", calls)
			}
			if r.Info().Name != "test" || !r.Tarballs().CID.Defined() {
				t.Error("the index is not read to its end")
			}
		})
	}
	here := newNear(far)
	if _, err := OpenReader(t.Context(), here, root); err != nil {
		t.Fatal(err)
	}
	here.asked = nil
	if r, err := OpenFirst(t.Context(), here, root); err != nil || len(here.asked) > 0 || r.IsWhole() {
		t.Errorf("an index that is here: asked for %v, %v", here.asked, err)
	}
	if _, err := OpenFirst(t.Context(), far, root); err != nil {
		t.Errorf("from who brings single blocks alone: %v", err)
	}
}

// TestOpenFirstFails does not wait for documents of what is no index.
func TestOpenFirstFails(t *testing.T) {
	far := newMemory()
	tree := unixfs.NewTree(far)
	root, bs, err := tree.Update(t.Context(), cid.Undef, map[string]*unixfs.Link{})
	if err == nil {
		err = far.PutBlocks(t.Context(), bs)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFirst(t.Context(), newNear(far), root.CID); !errors.As(err, new(*FormatError)) {
		t.Errorf("an empty directory: %v", err)
	}
}

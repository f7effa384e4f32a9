package registry

import (
	"context"
	"iter"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// State is one state of a registry.
type State struct {
	Root cid.Cid
	Info Info
}

// History yields the state at a root and those before it, the newest first: a
// chain of hashes, so that all of it is as sure as the root. It ends with the
// first state, or with the error of one that cannot be read; what was yielded
// before stands.
func History(ctx context.Context, src Blocks, root cid.Cid) iter.Seq2[State, error] {
	return func(yield func(State, error) bool) {
		tree := unixfs.NewTree(src)
		for root.Defined() {
			info, err := readInfo(ctx, tree, root)
			if !yield(State{Root: root, Info: info}, err) || err != nil {
				return
			}
			// It was checked when it was parsed; none is undefined.
			root, _ = cid.Decode(info.Previous)
		}
	}
}

func readInfo(ctx context.Context, tree *unixfs.Tree, root cid.Cid) (Info, error) {
	found := tree.Find(ctx, root, [][]string{{infoFile}})[0]
	if found.Err != nil {
		return Info{}, notAnIndex(root, infoFile, found.Err)
	}
	content := tree.Read(ctx, []cid.Cid{found.Link.CID}, maxInfo)[0]
	if content.Err != nil {
		return Info{}, notAnIndex(root, infoFile, content.Err)
	}
	return ParseInfo(content.Data)
}

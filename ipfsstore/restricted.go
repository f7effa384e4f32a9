package ipfsstore

import (
	"context"

	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// restricted is a source for some of the questions.
type restricted struct {
	Source
	may func(context.Context) bool
}

// Restricted is the source as one that has nothing unless may says of a question's
// context that it may hear the question.
func Restricted(src Source, may func(context.Context) bool) Source { return restricted{src, may} }

// Blocks implements [Source].
func (r restricted) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	if !r.may(ctx) {
		return nil
	}
	return r.Source.Blocks(ctx, cids, yield)
}

// Record implements [Source].
func (r restricted) Record(ctx context.Context, name ipns.Name) ([]byte, error) {
	if !r.may(ctx) {
		return nil, ErrNotFound
	}
	return r.Source.Record(ctx, name)
}

package unixfs

import (
	"context"
	"fmt"
	"sync"
	"testing"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

// memory is a Source that counts.
type memory struct {
	mu     sync.Mutex
	blocks map[cid.Cid]blocks.Block
	calls  int
	served int
}

func newMemory(bs ...blocks.Block) *memory {
	m := &memory{blocks: map[cid.Cid]blocks.Block{}}
	m.put(bs)
	return m
}

func (m *memory) put(bs []blocks.Block) {
	for _, b := range bs {
		m.blocks[b.Cid()] = b
	}
}

func (m *memory) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	m.mu.Lock()
	m.calls++
	m.served += len(cids)
	m.mu.Unlock()
	var missing error
	for _, c := range cids {
		b, ok := m.blocks[c]
		if !ok {
			missing = fmt.Errorf("no %s", c)
			continue
		}
		if err := yield(b); err != nil {
			return err
		}
	}
	return missing
}

// entries makes n entries, each a small file.
func entries(t testing.TB, n int) []Link {
	t.Helper()
	out := make([]Link, n)
	for i := range out {
		l, _, err := File(fmt.Appendf(nil, "content %d", i))
		if err != nil {
			t.Fatal(err)
		}
		l.Name = fmt.Sprintf("package-%d.x", i)
		out[i] = l
	}
	return out
}

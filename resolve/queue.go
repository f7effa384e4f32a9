package resolve

import (
	"bytes"
	"container/heap"

	"github.com/ipnpm/ipnpm/lockfile"
)

// queue holds the nodes whose dependencies are to be seen to: shallow ones
// first, since what is placed for them affects those deeper in, and of one
// depth by path, so that the result does not depend on chance.
type queue struct {
	items   []queued
	waiting map[*Node]bool
	arrived int
}

type queued struct {
	node   *Node
	depth  int
	key    []byte
	serial int
}

func newQueue() *queue {
	return &queue{waiting: make(map[*Node]bool)}
}

func (q *queue) push(n *Node) {
	if q.waiting[n] {
		return
	}
	q.waiting[n] = true
	q.arrived++
	heap.Push((*nodeHeap)(q), queued{node: n, depth: n.depth(), key: lockfile.CollationKey(n.Location()), serial: q.arrived})
}

// pop returns nil when the queue is empty.
func (q *queue) pop() *Node {
	if len(q.items) == 0 {
		return nil
	}
	n := heap.Pop((*nodeHeap)(q)).(queued).node
	delete(q.waiting, n)
	return n
}

// nodeHeap is the queue as container/heap wants it.
type nodeHeap queue

func (h *nodeHeap) Len() int { return len(h.items) }

func (h *nodeHeap) Less(i, j int) bool {
	a, b := &h.items[i], &h.items[j]
	if a.depth != b.depth {
		return a.depth < b.depth
	}
	if d := bytes.Compare(a.key, b.key); d != 0 {
		return d < 0
	}
	return a.serial < b.serial
}

func (h *nodeHeap) Swap(i, j int) { h.items[i], h.items[j] = h.items[j], h.items[i] }

func (h *nodeHeap) Push(x any) { h.items = append(h.items, x.(queued)) }

func (h *nodeHeap) Pop() any {
	last := len(h.items) - 1
	x := h.items[last]
	h.items[last] = queued{}
	h.items = h.items[:last]
	return x
}

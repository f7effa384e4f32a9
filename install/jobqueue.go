package install

import (
	"container/heap"
	"sync"
)

// jobQueue hands out jobs that may be placed, of those that are ready the largest
// first: a package of two thousand files that is begun last keeps one processor busy
// when the others have nothing left to do. All come out once.
type jobQueue struct {
	// ready has as many tokens as there are jobs, and is closed after the last.
	ready chan struct{}

	mu   sync.Mutex
	jobs jobHeap
}

// newJobQueue is for at most n jobs.
func newJobQueue(n int) *jobQueue { return &jobQueue{ready: make(chan struct{}, n)} }

func (q *jobQueue) push(j *job) {
	q.mu.Lock()
	heap.Push(&q.jobs, j)
	q.mu.Unlock()
	q.ready <- struct{}{}
}

// take is for who has received a token.
func (q *jobQueue) take() *job {
	q.mu.Lock()
	defer q.mu.Unlock()
	j, _ := heap.Pop(&q.jobs).(*job)
	return j
}

// jobHeap is a [heap.Interface], the largest job on top.
type jobHeap []*job

func (h jobHeap) Len() int           { return len(h) }
func (h jobHeap) Less(i, k int) bool { return h[i].calls() > h[k].calls() }
func (h jobHeap) Swap(i, k int)      { h[i], h[k] = h[k], h[i] }

// Push and Pop are for package heap.

func (h *jobHeap) Push(j any) { *h = append(*h, j.(*job)) }

func (h *jobHeap) Pop() any {
	last := len(*h) - 1
	j := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return j
}

// calls is about how many system calls it takes to place a job, a folder being as
// dear as two files.
func (j *job) calls() int {
	if j.contents == nil {
		return 1
	}
	return len(j.contents.Files) + 2*len(j.contents.Dirs)
}

// Package par does things at the same time that need nothing of each other and
// cannot fail half-way: plain computation over the packages of a tree, which one
// processor would make somebody wait for, and what can be made ready while
// something else goes on. What asks a network, or ends with the first error, wants a
// context and an errgroup.
package par

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// mostAtOnce is how many numbers a processor takes at a time, at most: enough that
// taking them costs nothing beside what is done.
const mostAtOnce = 16

// Each calls do with every number below n, on all processors, and returns when all
// calls have. A processor that is at something else meanwhile gets fewer of them. What
// do writes must be its number's own.
func Each(n int, do func(i int)) {
	processors := runtime.GOMAXPROCS(0)
	share := min(max(n/processors/8, 1), mostAtOnce) // all end at about the same time
	var next atomic.Int64
	work := func() {
		for {
			end := int(next.Add(int64(share)))
			for i := end - share; i < min(end, n); i++ {
				do(i)
			}
			if end >= n {
				return
			}
		}
	}
	var others sync.WaitGroup
	for range min(processors, n) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
}

// Ahead begins work in the background, and returns what waits for its outcome, as
// often as it is asked.
func Ahead[T any](work func() T) (wait func() T) {
	wait = sync.OnceValue(work)
	go wait()
	return wait
}

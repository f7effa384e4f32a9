// Package par does things at the same time that need nothing of each other and
// cannot fail half-way: plain computation over the packages of a tree, which one
// processor would make somebody wait for, and what can be made ready while
// something else goes on. What asks a network, or ends with the first error, wants a
// context and an errgroup.
package par

import (
	"runtime"
	"sync"
)

// Each calls do with every number below n, on all processors, and returns when all
// calls have. What do writes must be its number's own.
func Each(n int, do func(i int)) {
	var workers sync.WaitGroup
	step := min(runtime.GOMAXPROCS(0), n)
	for first := range step {
		workers.Go(func() {
			for i := first; i < n; i += step {
				do(i)
			}
		})
	}
	workers.Wait()
}

// Ahead begins work in the background, and returns what waits for its outcome, as
// often as it is asked.
func Ahead[T any](work func() T) (wait func() T) {
	wait = sync.OnceValue(work)
	go wait()
	return wait
}

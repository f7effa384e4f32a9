package par_test

import (
	"slices"
	"sync/atomic"
	"testing"

	"github.com/ipnpm/ipnpm/internal/par"
)

func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 100} {
		calls := make([]int, n)
		par.Each(n, func(i int) { calls[i]++ })
		if slices.ContainsFunc(calls, func(n int) bool { return n != 1 }) {
			t.Errorf("of %d, each is called so often: %v", n, calls)
		}
	}
}

// TestAhead holds that work begins before anybody waits, and is done once.
func TestAhead(t *testing.T) {
	var calls atomic.Int64
	begun := make(chan struct{})
	wait := par.Ahead(func() int64 {
		close(begun)
		return calls.Add(1)
	})
	<-begun
	if first, second := wait(), wait(); first != 1 || second != 1 || calls.Load() != 1 {
		t.Errorf("done %d times", calls.Load())
	}
}

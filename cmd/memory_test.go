package cmd

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// The first collection finds the sentinel, and the next ones come when they would.
func TestFirstCollection(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(math.MaxInt64)
	t.Cleanup(func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	})
	// What tests before this one ran in the process has marks of its own, whose
	// ends must not come in the middle.
	for range 2 {
		ended := make(chan struct{})
		runtime.AddCleanup(new(sentinel), func(ended chan struct{}) { close(ended) }, ended)
		runtime.GC()
		<-ended
	}
	relaxCollector(func(string) string { return "" })
	if got := debug.SetMemoryLimit(-1); got != idleHeap {
		t.Errorf("the limit is %d before the first collection, want %d", got, idleHeap)
	}
	runtime.GC()
	for began := time.Now(); debug.SetMemoryLimit(-1) != roomyHeap; time.Sleep(time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("the limit is %d after it, want %d", debug.SetMemoryLimit(-1), roomyHeap)
		}
	}
	relaxCollector(func(name string) string { return map[string]string{"GOGC": "50"}[name] })
	if got := debug.SetMemoryLimit(-1); got != roomyHeap {
		t.Errorf("with GOGC set the limit is %d", got)
	}
}

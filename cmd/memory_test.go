package cmd

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// To make room, once, does not count as the first collection; the next one does.
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
	a := &app{firstCollection: relaxCollector(func(string) string { return "" })}
	first := a.firstCollection
	a.expectWork()
	if first.Value() == nil {
		t.Error("making room counted as the first collection")
	}
	if got := debug.SetMemoryLimit(-1); got != idleHeap {
		t.Errorf("the limit is %d before the first collection, want %d", got, idleHeap)
	}
	runtime.GC()
	if first.Value() != nil {
		t.Error("the first collection left its mark")
	}
	for began := time.Now(); debug.SetMemoryLimit(-1) != roomyHeap; time.Sleep(time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("the limit is %d after it, want %d", debug.SetMemoryLimit(-1), roomyHeap)
		}
	}
	set := &app{firstCollection: relaxCollector(func(name string) string { return map[string]string{"GOGC": "50"}[name] })}
	set.expectWork()
	if got := debug.SetMemoryLimit(-1); got != roomyHeap {
		t.Errorf("with GOGC set the limit is %d", got)
	}
}

package cmd

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
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
	percents := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	percentIs := func() uint64 {
		metrics.Read(percents)
		return percents[0].Value.Uint64()
	}
	relaxCollector(func(string) string { return "" }, usualGrowth)
	if got, want := percentIs(), uint64(1500); got != want {
		t.Errorf("the heap grows by %d%% before the first collection, want %d", got, want)
	}
	runtime.GC()
	for began := time.Now(); debug.SetMemoryLimit(-1) != roomyHeap || percentIs() != 100; time.Sleep(time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("the limit is %d after it, want %d; and the heap grows by %d%%", debug.SetMemoryLimit(-1), roomyHeap, percentIs())
		}
	}
	relaxCollector(func(name string) string { return map[string]string{"GOGC": "50"}[name] }, usualGrowth)
	if got := percentIs(); got != 100 {
		t.Errorf("with GOGC set the heap grows by %d%%", got)
	}
}

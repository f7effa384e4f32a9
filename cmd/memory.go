package cmd

import (
	"runtime"
	"runtime/debug"

	_ "github.com/ipnpm/ipnpm/internal/largepages" // what it does, it does before main
)

// A run lives for a second, and most of what it allocates it needs to the end. So
// nothing is collected before the heap has idleHeap bytes, which many runs never
// reach. It is what largepages has made ready: beyond, new memory comes in small
// pages, which takes longer than a collection that finds room in the old.
//
// After that the heap grows as Go has it, up to roomyHeap, where the collector works
// as hard as it must to stay; that of a program which serves grows further, since what
// it allocates is garbage with each answer, and it lives for hours. A limit is none to
// begin with: near one the runtime gives the kernel back what is free, large pages in
// pieces, and wants it again.
//
// Measured: with a first collection at 76 MiB and four times the live heap, an
// install from a lockfile touched 6,700 small pages instead of 2,600, and took a
// tenth longer.
const (
	idleHeap  = 60 << 20
	roomyHeap = 192 << 20

	leastHeap = 4 << 20 // where Go begins to collect at GOGC=100

	usualGrowth   = 100 // percent
	servingGrowth = 300
)

// sentinel is garbage that the first collection finds, which lets others follow.
type sentinel [1 << 10]byte

// relaxCollector sets the garbage collector up for a run, in which the heap grows by
// so many percent after the first collection, unless the environment does so (GOGC,
// GOMEMLIMIT).
func relaxCollector(getenv func(string) string, growth int) {
	if getenv("GOGC") != "" || getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(100 * idleHeap / leastHeap)
	runtime.AddCleanup(new(sentinel), func(struct{}) {
		debug.SetGCPercent(growth)
		debug.SetMemoryLimit(roomyHeap)
	}, struct{}{})
}

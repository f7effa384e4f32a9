package cmd

import (
	"runtime"
	"runtime/debug"
	"weak"

	"github.com/ipnpm/ipnpm/internal/largepages"
)

// A run lives for a second, and most of what it allocates it needs to the end.
// So nothing is collected below idleHeap, which many runs never reach; above,
// at four times the live heap instead of twice, unless that is more than
// roomyHeap, where the collector works as hard as it must to stay. Measured:
// a quarter of the user time of an install, for some tens of megabytes.
const (
	idleHeap  = 96 << 20
	gcPercent = 300
	roomyHeap = 192 << 20
)

// sentinel is garbage that the first collection finds, which lets others follow.
type sentinel [1 << 10]byte

// relaxCollector sets the garbage collector up for a short run, unless the
// environment does so (GOGC, GOMEMLIMIT), and returns what marks the first
// collection.
func relaxCollector(getenv func(string) string) weak.Pointer[sentinel] {
	if getenv("GOGC") != "" || getenv("GOMEMLIMIT") != "" {
		return weak.Pointer[sentinel]{}
	}
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(idleHeap)
	first := new(sentinel)
	runtime.AddCleanup(first, func(struct{}) {
		debug.SetGCPercent(gcPercent)
		debug.SetMemoryLimit(roomyHeap)
	}, struct{}{})
	return weak.Make(first)
}

// room is less than idleHeap, with which it counts.
const room = 64 << 20

// expectWork has the heap grow at once to what an install takes, in pages of
// 2 MiB: the kernel is entered for each page that is touched first, 22,000 times
// in an install of 1,300 packages and 7,000 times so. On a virtual machine that
// has to keep page tables of its own that was a tenth of the time of a clean install
// and a third of an update's; on others it is less. Runs that end before they have
// much to do are spared it, since it takes a collection, which does not count as
// the first. Once is enough.
func (a *app) expectWork() {
	first := a.firstCollection.Value()
	if first == nil {
		return // others want the collector otherwise, or it has run
	}
	a.firstCollection = weak.Pointer[sentinel]{}
	if largepages.Grow(room) {
		runtime.GC()
	}
	runtime.KeepAlive(first)
}

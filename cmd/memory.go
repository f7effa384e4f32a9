package cmd

import (
	"runtime"
	"runtime/debug"

	_ "github.com/ipnpm/ipnpm/internal/largepages" // what it does, it does before main
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
// environment does so (GOGC, GOMEMLIMIT).
func relaxCollector(getenv func(string) string) {
	if getenv("GOGC") != "" || getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(idleHeap)
	runtime.AddCleanup(new(sentinel), func(struct{}) {
		debug.SetGCPercent(gcPercent)
		debug.SetMemoryLimit(roomyHeap)
	}, struct{}{})
}

package cmd

import "runtime/debug"

// A run lives for a second, and most of what it allocates it needs to the end.
// Collecting at four times the live heap instead of twice takes a fifth off its
// user time, for some tens of megabytes; above roomyHeap the collector works as
// hard as it must to stay there.
const (
	gcPercent = 300
	roomyHeap = 384 << 20
)

// relaxCollector sets the garbage collector up for a short run, unless the
// environment does so (GOGC, GOMEMLIMIT).
func relaxCollector(getenv func(string) string) {
	if getenv("GOGC") == "" && getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(gcPercent)
		debug.SetMemoryLimit(roomyHeap)
	}
}

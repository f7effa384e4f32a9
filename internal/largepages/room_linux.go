//go:build amd64 || arm64

package largepages

import "unsafe"

// roomSize is what an install of some hundred packages takes, and a little more than
// where the collector begins (cmd/memory.go), so that the heap hardly outgrows it.
const roomSize = 64 << 20

// deep has a large frame of which nothing is touched.
func deep()

// room returns where the heap has roomSize bytes that were mapped in one piece, and
// are free. They were the stack of a goroutine that has come to its end: that is
// taken from the heap, and given back without a collection, which objects are not.
func room() (from, end uintptr) {
	top := make(chan uintptr)
	go func() {
		var here byte
		deep()
		top <- uintptr(unsafe.Pointer(&here))
	}()
	// It is the stack's first page of the heap's, 8 KiB, counted from the end.
	end = (<-top | (8<<10 - 1)) + 1
	return end - roomSize, end
}

//go:build linux && !amd64 && !arm64

package largepages

// room is none: the heap grows as it always does.
func room() (from, end uintptr) { return 0, 0 }

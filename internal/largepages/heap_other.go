//go:build !linux

package largepages

// Grow does nothing: the size of pages is not for a process to choose.
func Grow(int) bool { return false }

//go:build !linux

package virtual

// exchange swaps two folders.
func exchange(a, b string) error { return exchangeBySteps(a, b) }

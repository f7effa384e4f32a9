//go:build !linux

package atomicfile

import "os"

// writeOut is a sync where there is nothing less.
func writeOut(f *os.File) error { return f.Sync() }

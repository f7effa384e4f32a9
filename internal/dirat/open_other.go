//go:build !linux

package dirat

import "os"

// OpenUnnoted opens a file to read it.
func OpenUnnoted(path string) (*os.File, error) { return os.Open(path) }

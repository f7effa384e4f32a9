//go:build !unix

package cmd

import "os"

// resized never tells anything: there is no signal for it, and the next key draws
// for the new size.
func resized() (sizes <-chan os.Signal, stop func()) { return nil, func() {} }

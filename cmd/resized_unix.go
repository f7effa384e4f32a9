//go:build unix

package cmd

import (
	"os"
	"os/signal"
	"syscall"
)

// resized tells when the terminal got another size, until stop is called.
func resized() (sizes <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGWINCH)
	return c, func() { signal.Stop(c) }
}

//go:build unix

package cmd

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// become replaces this process by another program with the same arguments, so
// that there is one to send signals to. It returns only with an error, which is
// errors.ErrUnsupported where the streams are not those of the process.
func (a *app) become(program string) error {
	if a.Out != io.Writer(os.Stdout) {
		return errors.ErrUnsupported
	}
	return syscall.Exec(program, append([]string{program}, a.args...), a.Env)
}

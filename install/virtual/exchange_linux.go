package virtual

import (
	"errors"

	"golang.org/x/sys/unix"
)

// exchange swaps two folders.
func exchange(a, b string) error {
	err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return exchangeBySteps(a, b) // the file system does not know how
	}
	return err
}

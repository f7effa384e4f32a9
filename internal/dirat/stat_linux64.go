//go:build linux && (amd64 || arm64)

package dirat

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel's struct stat is x/sys's on these, which elsewhere has calls of other
// names or is put together of several.

func (d *Dir) lstatat(name string, st *unix.Stat_t) error {
	if d.isSlow() {
		return unix.Fstatat(d.fd, name, st, unix.AT_SYMLINK_NOFOLLOW)
	}
	var c cName
	p, err := c.of(name)
	if err != nil {
		return err
	}
	began := d.clock()
	_, _, errno := unix.RawSyscall6(unix.SYS_NEWFSTATAT, uintptr(d.fd), uintptr(unsafe.Pointer(p)), uintptr(unsafe.Pointer(st)), unix.AT_SYMLINK_NOFOLLOW, 0, 0)
	return d.took(began, errno)
}

package dirat

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// long is what no call takes that the kernel answers out of its memory, and
// what nearly every one takes that waits for a server or for a disk's arm.
const long = time.Millisecond

// call makes a system call behind the scheduler's back, which neither looks
// for another thread to go on with meanwhile nor watches whether it should.
// Where calls of 20 µs follow one another on every processor, it would do that
// thousands of times a second. The price is that a call which does wait keeps
// its processor from other goroutines: the first such of a folder is the last
// that is made so.
//
// What the arguments point to stays where it is, as for [unix.Syscall].
//
//go:uintptrescapes
func (d *Dir) call(trap, a1, a2, a3, a4 uintptr) (int, error) {
	var (
		r     uintptr
		errno unix.Errno
	)
	if d.waits.Load() {
		r, _, errno = unix.Syscall6(trap, a1, a2, a3, a4, 0, 0)
	} else {
		began := time.Now()
		r, _, errno = unix.RawSyscall6(trap, a1, a2, a3, a4, 0, 0)
		if time.Since(began) > long {
			d.waits.Store(true)
		}
	}
	if errno != 0 {
		return -1, errno
	}
	return int(r), nil
}

func (d *Dir) openat(name string, flags int, perm uint32) (int, error) {
	p, err := unix.BytePtrFromString(name)
	if err != nil {
		return -1, err
	}
	return d.call(unix.SYS_OPENAT, uintptr(d.fd), uintptr(unsafe.Pointer(p)), uintptr(flags|unix.O_LARGEFILE), uintptr(perm))
}

func (d *Dir) mkdirat(name string, perm uint32) error {
	p, err := unix.BytePtrFromString(name)
	if err != nil {
		return err
	}
	_, err = d.call(unix.SYS_MKDIRAT, uintptr(d.fd), uintptr(unsafe.Pointer(p)), uintptr(perm), 0)
	return err
}

func (d *Dir) linkat(name string, to *Dir, newName string) error {
	p, err := unix.BytePtrFromString(name)
	if err != nil {
		return err
	}
	q, err := unix.BytePtrFromString(newName)
	if err != nil {
		return err
	}
	_, err = d.call(unix.SYS_LINKAT, uintptr(d.fd), uintptr(unsafe.Pointer(p)), uintptr(to.fd), uintptr(unsafe.Pointer(q)))
	return err
}

func (d *Dir) write(fd int, b []byte) (int, error) {
	return d.call(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0)
}

func (d *Dir) close(fd int) error {
	_, err := d.call(unix.SYS_CLOSE, uintptr(fd), 0, 0, 0)
	return err
}

package dirat

import (
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// System calls here are made behind the scheduler's back, which neither looks for
// another thread to go on with meanwhile nor watches whether it should. Where calls
// of 20 µs follow one another on every processor, it would do that thousands of times
// a second. The price is that a call which does wait keeps its processor from other
// goroutines: after the first few such of a folder no more are made so, see took.

// long is what no call takes that the kernel answers out of its memory, and
// what nearly every one takes that waits for a server or for a disk's arm.
const long = time.Millisecond

// patience is how many long calls a folder is allowed. One or two say nothing: where
// there are more threads than processors, the kernel takes a thread's processor away
// for some milliseconds, in the middle of a call as well. With one allowed, a good part
// of the links of a large package were made the slow way.
const patience = 4

func (d *Dir) isSlow() bool { return d.waits.Load() >= patience }

// clock counts from when the folder was opened: [time.Now] would read two clocks.
func (d *Dir) clock() time.Duration { return time.Since(d.opened) }

// took is the result of a call that began then.
func (d *Dir) took(began time.Duration, errno unix.Errno) error {
	if d.clock()-began > long {
		d.waits.Add(1)
	}
	if errno != 0 {
		return errno
	}
	return nil
}

// cName is a name as the kernel reads it. It stays on the stack, because it is
// handed over as nothing but an argument of the call itself; x/sys makes one on the
// heap, for each of tens of thousands.
type cName [256]byte

func (c *cName) of(name string) (*byte, error) {
	if len(name) >= len(c) {
		return unix.BytePtrFromString(name)
	}
	if strings.IndexByte(name, 0) >= 0 {
		return nil, unix.EINVAL
	}
	copy(c[:], name)
	return &c[0], nil
}

// cNames are the two of a call that has two.
type cNames [2]cName

func (c *cNames) of(name, other string) (p, q *byte, err error) {
	if p, err = c[0].of(name); err == nil {
		q, err = c[1].of(other)
	}
	return p, q, err
}

func (d *Dir) openat(name string, flags int, perm uint32) (int, error) {
	if d.isSlow() {
		return unix.Openat(d.fd, name, flags, perm)
	}
	var c cName
	p, err := c.of(name)
	if err != nil {
		return -1, err
	}
	began := d.clock()
	fd, _, errno := unix.RawSyscall6(unix.SYS_OPENAT, uintptr(d.fd), uintptr(unsafe.Pointer(p)), uintptr(flags|unix.O_LARGEFILE), uintptr(perm), 0, 0)
	return int(fd), d.took(began, errno)
}

func (d *Dir) mkdirat(name string, perm uint32) error {
	if d.isSlow() {
		return unix.Mkdirat(d.fd, name, perm)
	}
	var c cName
	p, err := c.of(name)
	if err != nil {
		return err
	}
	began := d.clock()
	_, _, errno := unix.RawSyscall(unix.SYS_MKDIRAT, uintptr(d.fd), uintptr(unsafe.Pointer(p)), uintptr(perm))
	return d.took(began, errno)
}

func (d *Dir) linkat(name string, to *Dir, newName string) error {
	if d.isSlow() {
		return unix.Linkat(d.fd, name, to.fd, newName, 0)
	}
	var c cNames
	p, q, err := c.of(name, newName)
	if err != nil {
		return err
	}
	began := d.clock()
	_, _, errno := unix.RawSyscall6(unix.SYS_LINKAT, uintptr(d.fd), uintptr(unsafe.Pointer(p)), uintptr(to.fd), uintptr(unsafe.Pointer(q)), 0, 0)
	return d.took(began, errno)
}

func (d *Dir) symlinkat(target, name string) error {
	if d.isSlow() {
		return unix.Symlinkat(target, d.fd, name)
	}
	var c cNames
	p, q, err := c.of(target, name)
	if err != nil {
		return err
	}
	began := d.clock()
	_, _, errno := unix.RawSyscall(unix.SYS_SYMLINKAT, uintptr(unsafe.Pointer(p)), uintptr(d.fd), uintptr(unsafe.Pointer(q)))
	return d.took(began, errno)
}

func (d *Dir) renameat(name, newName string) error {
	if d.isSlow() {
		return unix.Renameat(d.fd, name, d.fd, newName)
	}
	var c cNames
	p, q, err := c.of(name, newName)
	if err != nil {
		return err
	}
	began := d.clock()
	_, _, errno := unix.RawSyscall6(unix.SYS_RENAMEAT2, uintptr(d.fd), uintptr(unsafe.Pointer(p)), uintptr(d.fd), uintptr(unsafe.Pointer(q)), 0, 0)
	return d.took(began, errno)
}

func (d *Dir) write(fd int, b []byte) (int, error) {
	if d.isSlow() {
		return unix.Write(fd, b)
	}
	began := d.clock()
	n, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return int(n), d.took(began, errno)
}

func (d *Dir) close(fd int) error {
	if d.isSlow() {
		return unix.Close(fd)
	}
	began := d.clock()
	_, _, errno := unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
	return d.took(began, errno)
}

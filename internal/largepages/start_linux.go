package largepages

import "syscall"

// Package x/sys/unix has these too, and is set up when most others have been.
const (
	madvHugePage     = 14
	madvPopulateRead = 22 // since Linux 5.14
	madvCollapse     = 25 // since Linux 6.1
)

// init is the one place from where the heap can be reached while it is small.
//
//nolint:gochecknoinits // for that reason, and nothing is registered or kept
func init() {
	mapCode()
	if asked() {
		start()
	}
}

func madvise(from, size uintptr, advice uintptr) syscall.Errno {
	_, _, errno := syscall.RawSyscall(syscall.SYS_MADVISE, from, size, advice)
	return errno
}

// read returns how much of a file of the kernel's there is, up to a buffer.
func read(name string, buf []byte) int {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	n, err := syscall.Read(fd, buf)
	_ = syscall.Close(fd)
	if err != nil {
		return 0
	}
	return n
}

package cmd

import (
	"bytes"
	"os"
	"runtime"
	"unsafe"
	"weak"

	"golang.org/x/sys/unix"
)

const (
	// hugeRoom is less than idleHeap, with which it counts.
	hugeRoom = 64 << 20
	// hugePage is the size of a large page.
	hugePage = 2 << 20
)

// expectWork has the heap grow at once to what an install takes, in pages of
// 2 MiB: the kernel is entered for each page that is touched first, 22,000 times
// in an install of 1,300 packages and 7,000 times so. On a virtual machine that
// has to keep page tables of its own that was a tenth of the time of a clean install
// and a third of an update's; on others it is less. Runs that end before they have
// much to do are spared it, since it takes a collection, which does not count as
// the first. Once is enough.
func (a *app) expectWork() {
	first := a.firstCollection.Value()
	if first == nil {
		return // others want the collector otherwise, or it has run
	}
	a.firstCollection = weak.Pointer[sentinel]{}
	if growHuge() {
		runtime.GC()
	}
	runtime.KeepAlive(first)
}

// growHuge maps room for the heap, to which it falls as garbage. It is false where
// the kernel gives large pages to nobody, or to all without being asked
// (https://docs.kernel.org/admin-guide/mm/transhuge.html).
func growHuge() bool {
	given, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	if err != nil || !bytes.Contains(given, []byte("[madvise]")) {
		return false
	}
	near := make([]byte, 64<<10)
	room := make([]byte, hugeRoom)
	from := uintptr(unsafe.Pointer(&room[0]))
	end := from + hugeRoom
	// The lowest addresses are given away first, and what is left of the chunk of
	// 4 MiB that the heap began with is used up before the room.
	here := uintptr(unsafe.Pointer(&near[0])) &^ (hugePage - 1)
	joined := here <= from && from-here <= 4*hugePage
	if joined {
		from = here
	}
	if _, _, errno := unix.Syscall(unix.SYS_MADVISE, from, end-from, unix.MADV_HUGEPAGE); errno != 0 {
		return false
	}
	if joined {
		// Pages of it are in use already. What is refused stays as it was.
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, here, hugePage, unix.MADV_COLLAPSE)
	}
	return true
}

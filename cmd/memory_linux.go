package cmd

import (
	"bytes"
	"os"
	"runtime"
	"unsafe"
	"weak"

	"golang.org/x/sys/unix"
)

// hugeRoom is less than idleHeap, with which it counts.
const hugeRoom = 64 << 20

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
	if unix.Madvise(room, unix.MADV_HUGEPAGE) != nil {
		return false
	}
	advance(near, room)
	return true
}

// hugePage is the size of a large page.
const hugePage = 2 << 20

// advance has the heap go on in large pages where it is now, at near, and from
// there to the room: the lowest addresses are given away first, and what is left of
// the chunk of 4 MiB that the heap began with is used up before the room.
func advance(near, room []byte) {
	at, end := uintptr(unsafe.Pointer(&near[0]))&^(hugePage-1), uintptr(unsafe.Pointer(&room[0]))
	if end < at || end-at > 4*hugePage {
		return // another order than the one that is meant
	}
	// Advice alone: what is refused stays as it was.
	if end > at {
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, at, end-at, unix.MADV_HUGEPAGE)
	}
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, at, hugePage, unix.MADV_COLLAPSE)
}

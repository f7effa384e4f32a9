package largepages

import "unsafe"

const (
	// page is the size of a large page where a small one has 4 KiB. Where it is
	// another the kernel refuses.
	page = 2 << 20
	// chunk is what Go's heap grows by, and is aligned to (runtime.pallocChunkBytes).
	// It begins anywhere within the first, and each is mapped when it is needed,
	// so that advice does not outlive a chunk's end.
	chunk = 4 << 20
	// object is the size of one that has a page of the heap to itself, and is taken
	// from where those of small ones are.
	object = 8 << 10
)

// asked reports whether the kernel gives large pages to who asks for them, and not
// to nobody, or to all.
func asked() bool {
	const chosen = "[madvise]"
	var text [64]byte // always [madvise] never
	for rest := text[:read("/sys/kernel/mm/transparent_hugepage/enabled", text[:])]; len(rest) >= len(chosen); rest = rest[1:] {
		if string(rest[:len(chosen)]) == chosen {
			return true
		}
	}
	return false
}

// start has the heap go on in large pages from where it is.
func start() {
	at := place(object)
	end := (at | (chunk - 1)) + 1
	if end-at < page/2 {
		// Most of what is left of the chunk is given up, which costs addresses only,
		// and has the next one mapped.
		place(int(end - at))
		advise(end, end+chunk)
		return
	}
	from := at &^ (page - 1)
	advise(from, end)
	collapse(from)
}

// Grow maps size bytes of heap in large pages, to which they fall as garbage: a
// collection has to follow. It is false where the kernel does not give large pages
// to who asks.
func Grow(size int) bool {
	if !asked() {
		return false
	}
	here := place(object) &^ (page - 1)
	from := place(size)
	end := from + uintptr(size)
	// The lowest addresses are given away first, and what is left of the chunk that
	// the heap is in is used up before the room.
	joined := here <= from && from-here <= 2*chunk
	if joined {
		from = here
	}
	if !advise(from, end) {
		return false
	}
	if joined {
		collapse(here) // pages of it are in use already
	}
	return true
}

// place returns where the heap gives room to size bytes, which are garbage then.
//
//go:noinline
func place(size int) uintptr {
	return uintptr(unsafe.Pointer(unsafe.SliceData(make([]byte, size))))
}

// advise asks for large pages where nothing has been touched yet.
func advise(from, end uintptr) bool {
	return madvise(from, end-from, madvHugePage) == 0
}

// collapse makes a large page of one that is in use, if there is one to be had.
func collapse(at uintptr) {
	_ = madvise(at, page, madvCollapse)
}

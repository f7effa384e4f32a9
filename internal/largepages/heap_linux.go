package largepages

import "unsafe"

const (
	// page is the size of a large page where a small one has 4 KiB. Where it is
	// another the kernel refuses.
	page = 2 << 20
	// chunk is what Go's heap grows by, and is aligned to (runtime.pallocChunkBytes).
	// It begins anywhere within the first. Each is mapped when it is needed, so that
	// advice does not outlive what is mapped already.
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
	at := place()
	from := at &^ (page - 1)
	advise(from, (at|(chunk-1))+1)
	advise(room()) // which mostly begins there
	// Pages of the first are in use already.
	_ = madvise(from, page, madvCollapse)
}

// place returns where small objects are taken from.
//
//go:noinline
func place() uintptr { return uintptr(unsafe.Pointer(new([object]byte))) }

// advise asks for large pages where nothing has been touched yet.
func advise(from, end uintptr) { _ = madvise(from, end-from, madvHugePage) }

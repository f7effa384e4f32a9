package largepages

import (
	"syscall"
	"unsafe"
)

// What the kernel tells a program of its own file (getauxval(3), elf(5)). Package
// debug/elf would do, and brings what has to be set up before this.
const (
	auxHeaders    = 3 // AT_PHDR
	auxHeaderSize = 4 // AT_PHENT
	auxHeaderNum  = 5 // AT_PHNUM

	segmentLoad    = 1 // PT_LOAD
	segmentHeaders = 6 // PT_PHDR
	executable     = 1 // PF_X
)

// segment is an Elf64_Phdr.
type segment struct {
	kind, flags                       uint32
	offset, address, physical         uint64
	sizeInFile, sizeInMemory, aligned uint64
}

// auxiliary is an Elf64_auxv_t.
type auxiliary struct{ key, value uint64 }

// code returns where the program's code lies. Both are zero where that is not told.
func code() (from, size uintptr) {
	var vector [64]auxiliary
	n := read("/proc/self/auxv", unsafe.Slice((*byte)(unsafe.Pointer(&vector)), unsafe.Sizeof(vector)))
	told := func(key uint64) uintptr {
		for _, a := range vector[:n/int(unsafe.Sizeof(vector[0]))] {
			if a.key == key {
				return uintptr(a.value)
			}
		}
		return 0
	}
	headers := told(auxHeaders)
	if headers == 0 || told(auxHeaderSize) != unsafe.Sizeof(segment{}) {
		return 0, 0
	}
	var moved uintptr // by how much a program that can lie anywhere does
	for _, s := range unsafe.Slice((*segment)(*(*unsafe.Pointer)(unsafe.Pointer(&headers))), told(auxHeaderNum)) {
		switch {
		case s.kind == segmentHeaders:
			moved = headers - uintptr(s.address)
		case s.kind == segmentLoad && s.flags&executable != 0:
			return moved + uintptr(s.address), uintptr(s.sizeInMemory)
		}
	}
	return 0, 0
}

// mapCode maps the program's code.
func mapCode() {
	from, size := code()
	start := from &^ uintptr(syscall.Getpagesize()-1)
	_ = madvise(start, from+size-start, madvPopulateRead)
}

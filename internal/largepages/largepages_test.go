package largepages

import "testing"

// Whether the pages are large is the kernel's affair; that the heap is one piece of
// ordinary memory is the allocator's.
func TestGrow(t *testing.T) {
	const size = 8 << 20
	if grown := Grow(size); grown != isForWhoAsks(t) {
		t.Errorf("the heap grew in large pages: %t", grown)
	}
	room := make([]byte, size)
	for i := range room {
		room[i]++
	}
	for i, b := range room {
		if b != 1 {
			t.Fatalf("byte %d is %d", i, b)
		}
	}
}

package inflate

import "encoding/binary"

// bitReader is the input. Bits are taken from the low end of buf; those above
// the lowest n are either zero or already what the next load will put there.
type bitReader struct {
	src []byte
	// pos is the next byte to load. It goes past the end of src: there the
	// input is thought to continue with zeros, so that nothing has to ask
	// for its end before it takes bits, and overrun tells afterwards.
	pos int
	buf uint64
	n   uint64
}

// refill brings n to at least 56.
func (b *bitReader) refill() {
	if b.pos+8 <= len(b.src) {
		b.buf |= binary.LittleEndian.Uint64(b.src[b.pos:]) << (b.n & 63)
		b.pos += int((63 - b.n) >> 3)
		b.n |= 56
		return
	}
	for ; b.n < 56; b.n += 8 {
		if b.pos < len(b.src) {
			b.buf |= uint64(b.src[b.pos]) << b.n
		}
		b.pos++
	}
}

// take returns the next count bits, which must be there.
func (b *bitReader) take(count uint64) int {
	v := b.buf & (1<<count - 1)
	b.buf >>= count
	b.n -= count
	return int(v)
}

// align goes to the next byte of the input and returns how many bytes are
// left, a negative number if the input was overrun.
func (b *bitReader) align() int {
	b.pos -= int(b.n >> 3)
	b.buf, b.n = 0, 0
	return len(b.src) - b.pos
}

// overrun says whether bits were taken that the input does not have.
func (b *bitReader) overrun() bool {
	return b.pos*8-int(b.n) > len(b.src)*8
}

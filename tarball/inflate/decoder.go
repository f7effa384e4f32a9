package inflate

import (
	"fmt"
	"io"
)

const (
	// history is how far back a match reaches at most.
	history = 32 << 10
	// maxMatch is the length of the longest match.
	maxMatch = 258
	// outMargin is the room that one round of the decoding loop may use: two
	// literals and a match, whose last word may lie beyond its end.
	outMargin = 2 + maxMatch + wordSize
)

// CorruptError says what is wrong with data that is no valid gzip file.
// Data that ends too early is an io.ErrUnexpectedEOF instead.
type CorruptError struct {
	Msg string
	// Offset is about where in the input, in bytes.
	Offset int
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s (near byte %d)", e.Msg, e.Offset)
}

// state is what the input's next bits belong to.
type state int

const (
	atMember state = iota
	atBlock
	inStored
	inCompressed
	atTrailer
	atEnd
)

// Decoder decompresses gzip data. It is some hundred kilobytes large, and
// meant to be used again.
type Decoder struct {
	bitReader
	state state
	// final says that the current block is its member's last.
	final bool
	// stored is what is left of a stored block.
	stored int

	// window holds output up to end; what belongs to the current member
	// begins at start, which is negative when some of it has gone already.
	window     []byte
	start, end int
	// summed is up to where crc, of the current member, covers the window.
	summed int
	crc    uint32

	symbols symbols
	builder
	lengths [numLit + numDist]uint8
	lit     [litSize]uint32
	dist    [distSize]uint32
	pre     [preSize]uint32
	tail    [tailSize]byte
}

// New makes a Decoder whose callers may keep up to size bytes in its window.
func New(size int) *Decoder {
	d := &Decoder{window: make([]byte, size+history+outMargin)}
	d.symbols.init()
	return d
}

// Reset makes d read src, which must not change until the next Reset.
func (d *Decoder) Reset(src []byte) {
	d.bitReader = bitReader{src: src}
	d.state, d.end = atMember, 0
}

// More decompresses more, and returns it behind the last keep bytes of what
// the previous call returned: those that the caller has not used yet. The
// bytes are valid until the next call. At the end of the data there are none
// to add and the error is io.EOF. Any other error is final, and means that
// nothing of what came before can be trusted.
func (d *Decoder) More(keep int) ([]byte, error) {
	if d.state == atEnd {
		return d.window[d.end-keep : d.end], io.EOF
	}
	d.slide(keep)
	from := d.end
	for d.state != atEnd && len(d.window)-d.end > outMargin {
		if err := d.step(); err != nil {
			return nil, err
		}
	}
	d.sum()
	if d.end == from {
		return d.window[d.end-keep : d.end], io.EOF
	}
	return d.window[from-keep : d.end], nil
}

// slide moves what is kept, and what matches may still reach, to the front of
// the window.
func (d *Decoder) slide(keep int) {
	from := max(0, d.end-max(keep, history))
	d.end = copy(d.window, d.window[from:d.end])
	d.start -= from
	d.summed = d.end
}

// step reads one part of a member, a block as far as there is room for it.
func (d *Decoder) step() error {
	switch d.state {
	case atMember:
		return d.member()
	case atBlock:
		return d.header()
	case inStored:
		return d.copyStored()
	case inCompressed:
		return d.decode()
	default:
		return d.trailer()
	}
}

// copyStored copies what there is room for.
func (d *Decoder) copyStored() error {
	n := min(d.stored, len(d.window)-d.end)
	if n > len(d.src)-d.pos {
		return io.ErrUnexpectedEOF
	}
	copy(d.window[d.end:], d.src[d.pos:d.pos+n])
	d.pos += n
	d.end += n
	if d.stored -= n; d.stored == 0 {
		d.endBlock()
	}
	return nil
}

func (d *Decoder) endBlock() {
	d.state = atBlock
	if d.final {
		d.state = atTrailer
	}
}

// corrupt is the error for what was just read: if that lies beyond the end of
// the input, there is too little of it.
func (d *Decoder) corrupt(msg string) error {
	if d.overrun() {
		return io.ErrUnexpectedEOF
	}
	return &CorruptError{msg, d.pos - int(d.n>>3)}
}

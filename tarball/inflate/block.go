package inflate

import (
	"encoding/binary"
	"io"
)

// header reads a block's header, and the codes of a compressed one.
func (d *Decoder) header() error {
	d.refill()
	d.final = d.take(1) == 1
	switch d.take(2) {
	case 0:
		return d.storedHeader()
	case 1:
		d.fixedCodes()
		d.state = inCompressed
		return nil
	case 2:
		d.state = inCompressed
		return d.dynamicCodes()
	}
	return d.corrupt("unknown kind of block")
}

// storedHeader reads the length of a block that is not compressed.
func (d *Decoder) storedHeader() error {
	if d.align() < 4 {
		return io.ErrUnexpectedEOF
	}
	head := binary.LittleEndian.Uint32(d.src[d.pos:])
	if uint16(head) != ^uint16(head>>16) {
		return d.corrupt("stored block with a wrong length")
	}
	d.pos += 4
	d.stored = int(uint16(head))
	d.state = inStored
	return nil
}

// fixedCodes makes the tables of RFC 1951, section 3.2.6.
func (d *Decoder) fixedCodes() {
	for i := range numLit {
		switch {
		case i < 144, i >= 280:
			d.lengths[i] = 8
		case i < 256:
			d.lengths[i] = 9
		default:
			d.lengths[i] = 7
		}
	}
	for i := range numDist {
		d.lengths[numLit+i] = 5
	}
	d.build(d.lit[:], litBits, d.lengths[:numLit], d.symbols.lit[:])
	d.build(d.dist[:], distBits, d.lengths[numLit:], d.symbols.dist[:])
}

// dynamicCodes reads the codes of RFC 1951, section 3.2.7, and makes their
// tables.
func (d *Decoder) dynamicCodes() error {
	lits, dists, pres := 257+d.take(5), 1+d.take(5), 4+d.take(4)
	if lits > 286 || dists > 30 {
		return d.corrupt("too many length or distance codes")
	}
	if err := d.codeLengthCode(pres); err != nil {
		return err
	}
	lengths := d.lengths[:lits+dists]
	if err := d.codeLengths(lengths); err != nil {
		return err
	}
	if lengths[256] == 0 {
		return d.corrupt("block without a code for its end")
	}
	if !d.build(d.lit[:], litBits, lengths[:lits], d.symbols.lit[:]) {
		return d.corrupt("invalid code of literals and lengths")
	}
	if !d.build(d.dist[:], distBits, lengths[lits:], d.symbols.dist[:]) {
		return d.corrupt("invalid code of distances")
	}
	return nil
}

// codeLengthCode reads the code that the code lengths are written in.
func (d *Decoder) codeLengthCode(count int) error {
	order := [numPre]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
	var lengths [numPre]uint8
	for _, symbol := range order[:count] {
		if d.n < 3 {
			d.refill()
		}
		lengths[symbol] = uint8(d.take(3))
	}
	if !d.build(d.pre[:], preBits, lengths[:], d.symbols.pre[:]) {
		return d.corrupt("invalid code of code lengths")
	}
	return nil
}

// codeLengths reads the lengths of all codes. A repetition may go on from
// those of literals to those of distances.
func (d *Decoder) codeLengths(lengths []uint8) error {
	for i := 0; i < len(lengths); {
		if d.n < preBits+7 {
			d.refill()
		}
		entry := d.pre[d.buf&(preSize-1)]
		d.take(uint64(entry & 63))
		if entry&special != 0 {
			return d.corrupt("invalid code of a code length")
		}
		symbol := entry >> valueShift
		if symbol < 16 {
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		var value uint8
		var count int
		switch symbol {
		case 16:
			if i == 0 {
				return d.corrupt("repetition of no code length")
			}
			value, count = lengths[i-1], 3+d.take(2)
		case 17:
			count = 3 + d.take(3)
		default:
			count = 11 + d.take(7)
		}
		if count > len(lengths)-i {
			return d.corrupt("too many code lengths")
		}
		for range count {
			lengths[i] = value
			i++
		}
	}
	return nil
}

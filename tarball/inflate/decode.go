package inflate

import (
	"encoding/binary"
	"io"
)

const (
	wordSize = 16
	// distMost is how many bits a distance has at most, the extra ones among
	// them; after two literals and a length there may be as few as 14 left.
	distMost = 28
	// inMargin is what one round of the decoding loop may load: three words.
	inMargin = 24
	// tailSize is room for less than inMargin bytes of input, and zeros.
	tailSize = 64
)

// decode decodes symbols of a compressed block until the block ends or the
// window has no room left.
func (d *Decoder) decode() error {
	if d.pos+inMargin <= len(d.src) {
		if err := d.run(d.src, 0); err != nil || d.state != inCompressed {
			return err
		}
	}
	if len(d.window)-d.end <= outMargin {
		return nil
	}
	// The last bytes of the input are read from a copy with zeros behind.
	from := d.pos
	d.tail = [tailSize]byte{}
	if from < len(d.src) {
		copy(d.tail[:], d.src[from:])
	}
	if err := d.run(d.tail[:], from); err != nil || d.state != inCompressed {
		return err
	}
	if d.overrun() {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// run is decode for the bytes of in, which begins at offset base of the
// input, as far as they reach. It is one function, and not a short one,
// because what it works on has to stay in registers. A round is up to three
// literals, or up to two and a match.
func (d *Decoder) run(in []byte, base int) error {
	var (
		ip       = d.pos - base
		buf, n   = d.buf, d.n
		lit      = &d.lit
		dist     = &d.dist
		out, op  = d.window, d.end
		start    = max(0, d.start)
		inLimit  = len(in) - inMargin
		outLimit = len(out) - outMargin
		msg      string
	)
loop:
	for ip <= inLimit && op < outLimit {
		// Only the low six bits of n count here; above there is debris.
		buf |= binary.LittleEndian.Uint64(in[ip:]) << (n & 63)
		ip += int(^n >> 3 & 7)
		n |= 56
		e := lit[buf&(1<<litBits-1)]
		if e&literal != 0 {
			buf >>= e & 63
			n -= uint64(e)
			out[op] = byte(e >> valueShift)
			op++
			e = lit[buf&(1<<litBits-1)]
			if e&literal != 0 {
				buf >>= e & 63
				n -= uint64(e)
				out[op] = byte(e >> valueShift)
				op++
				e = lit[buf&(1<<litBits-1)]
				if e&literal != 0 {
					buf >>= e & 63
					n -= uint64(e)
					out[op] = byte(e >> valueShift)
					op++
					continue
				}
			}
		}
		saved := buf
		buf >>= e & 63
		n -= uint64(e)
		if e&special != 0 {
			if e&link != 0 {
				e = lit[(uint64(e>>valueShift)&0x7fff+buf&(1<<(e>>8&15)-1))&(litSize-1)]
				saved = buf
				buf >>= e & 63
				n -= uint64(e)
			}
			if e&literal != 0 {
				out[op] = byte(e >> valueShift)
				op++
				continue
			}
			if e&special != 0 {
				if e&endOfBlock == 0 {
					msg = "invalid code of a literal or length"
				}
				d.endBlock()
				break loop
			}
		}
		length := int(e>>valueShift) + int(saved&(1<<(e&63)-1)>>(e>>8&15))

		if n&63 < distMost {
			buf |= binary.LittleEndian.Uint64(in[ip:]) << (n & 63)
			ip += int(^n >> 3 & 7)
			n |= 56
		}
		e = dist[buf&(1<<distBits-1)]
		saved = buf
		buf >>= e & 63
		n -= uint64(e)
		if e&special != 0 {
			if e&link != 0 {
				e = dist[(uint64(e>>valueShift)&0x7fff+buf&(1<<(e>>8&15)-1))&(distSize-1)]
				saved = buf
				buf >>= e & 63
				n -= uint64(e)
			}
			if e&special != 0 {
				msg = "invalid code of a distance"
				break loop
			}
		}
		distance := int(e>>valueShift) + int(saved&(1<<(e&63)-1)>>(e>>8&15))
		from := op - distance
		if from < start {
			msg = "match that reaches too far back"
			break loop
		}
		to := op + length
		if distance >= wordSize {
			for {
				*(*[wordSize]byte)(out[op:]) = *(*[wordSize]byte)(out[from:])
				op += wordSize
				from += wordSize
				if op >= to {
					break
				}
			}
			op = to
			continue
		}
		copyNear(out, op, from, length)
		op = to
	}
	d.pos, d.buf, d.n, d.end = base+ip, buf, n&63, op
	if msg != "" {
		return d.corrupt(msg)
	}
	if d.state != inCompressed && d.overrun() {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// copyNear copies a match that overlaps itself within a word. At a distance
// below eight it writes as many whole repetitions as eight bytes hold at once.
func copyNear(out []byte, op, from, length int) {
	to, distance := op+length, op-from
	if distance >= 8 {
		for ; op < to; op, from = op+8, from+8 {
			copy(out[op:op+8], out[from:from+8])
		}
		return
	}
	word := binary.LittleEndian.Uint64(out[from:]) & (1<<(8*distance) - 1)
	for n := distance; n < 8; n *= 2 {
		word |= word << (8 * n)
	}
	for step := 8 / distance * distance; op < to; op += step {
		binary.LittleEndian.PutUint64(out[op:], word)
	}
}

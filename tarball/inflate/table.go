package inflate

import "math/bits"

// A table is indexed by the next bits of the input, and its entries are what
// to do with them:
//
//	bits 0–5    how many bits to drop: those of the code, and the extra bits
//	bits 8–11   how many of them are the code's; of a link to a second table,
//	            how many bits index that
//	bit  13–15  special: end of block, link to a second table, or neither,
//	            which is an invalid code
//	bits 16–30  value: literal, base of a length or distance, second table's
//	            place, or symbol of the code of code lengths
//	bit  31     literal
const (
	valueShift = 16

	endOfBlock = 1 << 13
	link       = 1 << 14
	special    = 1 << 15
	literal    = 1 << 31

	invalid = special | oneBit
	// oneBit times its length makes a code's entry of its symbol's.
	oneBit = 1<<8 | 1
)

// The sizes of second tables for 286 symbols and 30 are those that zlib's
// enough.c computes, 2342 - 2048 and 402 - 256; whole powers of two let the
// index be masked instead of checked.
const (
	maxCode = 15

	litBits  = 11
	litSize  = 1 << 12
	distBits = 8
	distSize = 1 << 9
	preBits  = 7
	preSize  = 1 << preBits

	numLit  = 288
	numDist = 32
	numPre  = 19
)

// symbols are the entries of all symbols, lacking only their codes' lengths.
type symbols struct {
	lit  [numLit]uint32
	dist [numDist]uint32
	pre  [numPre]uint32
}

// init fills in RFC 1951, section 3.2.5. There literals come first.
func (s *symbols) init() {
	for i := range 256 {
		s.lit[i] = literal | uint32(i)<<valueShift
	}
	s.lit[256] = special | endOfBlock
	base := uint32(3)
	for i := range 28 {
		extra := uint32(max(0, i/4-1))
		s.lit[257+i] = base<<valueShift | extra
		base += 1 << extra
	}
	s.lit[285] = 258 << valueShift
	s.lit[286], s.lit[287] = special, special
	base = 1
	for i := range 30 {
		extra := uint32(max(0, i/2-1))
		s.dist[i] = base<<valueShift | extra
		base += 1 << extra
	}
	s.dist[30], s.dist[31] = special, special
	for i := range s.pre {
		s.pre[i] = uint32(i) << valueShift
	}
}

// builder makes tables of code lengths.
type builder struct {
	// count has the number of codes of each length.
	count   [maxCode + 1]int
	longest int
	// sorted are the symbols that have a code, in the order of their codes.
	sorted [numLit]uint16
}

// build fills table, whose first part is indexed by width bits, for a code
// that has lengths[i] bits for the symbol whose entry is symbols[i]. It
// returns false for a code that zlib does not accept: one that is
// oversubscribed, or incomplete without being empty or a single bit.
func (b *builder) build(table []uint32, width int, lengths []uint8, symbols []uint32) bool {
	left := b.sort(lengths)
	if left < 0 {
		return false
	}
	if left > 0 {
		codes := len(lengths) - b.count[0]
		if codes > 1 || b.count[1] != codes {
			return false
		}
		for i := range table[:1<<width] {
			table[i] = invalid
		}
		if codes == 1 {
			for i := 0; i < 1<<width; i += 2 {
				table[i] = symbols[b.sorted[0]] + oneBit
			}
		}
		return true
	}
	b.fill(table, width, symbols)
	return true
}

// sort counts the lengths, sorts the symbols, and returns what is left of the
// space of codes.
func (b *builder) sort(lengths []uint8) (left int) {
	b.count, b.longest = [maxCode + 1]int{}, 0
	for _, n := range lengths {
		b.count[n&maxCode]++
	}
	var next [maxCode + 1]int
	left = 1 << maxCode
	for n, sum := 1, 0; n <= maxCode; n++ {
		next[n] = sum
		sum += b.count[n]
		if b.count[n] > 0 {
			b.longest = n
		}
		left -= b.count[n] << (maxCode - n)
	}
	for symbol, n := range lengths {
		if n != 0 {
			b.sorted[next[n&maxCode]] = uint16(symbol)
			next[n&maxCode]++
		}
	}
	return left
}

// fill makes the entries of a complete code. Codes are counted upwards with
// their first bit highest, but indexes have it lowest: code is kept reversed.
func (b *builder) fill(table []uint32, width int, symbols []uint32) {
	sorted := b.sorted[:]
	code, size := uint32(0), 1
	for n := 1; n <= width; n++ {
		// A table for one bit more is twice the table.
		copy(table[size:2*size], table[:size])
		size *= 2
		for _, symbol := range sorted[:b.count[n]] {
			table[code] = symbols[symbol] + uint32(n)*oneBit
			code = increment(code, n)
		}
		sorted = sorted[b.count[n]:]
	}
	if b.longest > width {
		b.fillSecond(table, width, symbols, sorted, code)
	}
}

// fillSecond makes the entries of codes longer than width, from code on.
// Those whose first bits are equal share a second table.
func (b *builder) fillSecond(table []uint32, width int, symbols []uint32, sorted []uint16, code uint32) {
	var second []uint32
	end, first := 1<<width, ^uint32(0)
	for n := width + 1; n <= b.longest; n++ {
		for ; b.count[n] > 0; b.count[n]-- {
			if low := code & (1<<width - 1); low != first {
				first = low
				extra := b.secondBits(n, width)
				table[first] = special | link | uint32(end)<<valueShift | uint32(extra)<<8 | uint32(width)
				second = table[end : end+1<<extra]
				end += len(second)
			}
			entry := symbols[sorted[0]] + uint32(n-width)*oneBit
			for i := int(code >> width); i < len(second); i += 1 << (n - width) {
				second[i] = entry
			}
			code = increment(code, n)
			sorted = sorted[1:]
		}
	}
}

// secondBits is the length of the longest code, less width, of those that
// share their first bits with the next code of n bits: as many as fill it.
func (b *builder) secondBits(n, width int) int {
	extra := n - width
	for used := b.count[n]; used < 1<<extra; {
		n++
		extra++
		used = used<<1 + b.count[n]
	}
	return extra
}

// increment returns the code after a reversed one of n bits.
func increment(code uint32, n int) uint32 {
	zeros := ^code & (1<<n - 1)
	if zeros == 0 {
		return 0
	}
	bit := uint32(1) << (bits.Len32(zeros) - 1)
	return code&(bit-1) | bit
}

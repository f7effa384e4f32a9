package inflate

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// Flags of a member's header, RFC 1952 section 2.3.1.
const (
	flagHeaderCRC = 1 << 1
	flagExtra     = 1 << 2
	flagName      = 1 << 3
	flagComment   = 1 << 4
	flagReserved  = 0xe0
)

// IsGzip says whether data begins as gzip does.
func IsGzip(data []byte) bool {
	return len(data) >= 2 && data[0] == 0x1f && data[1] == 0x8b
}

// member reads a member's header.
func (d *Decoder) member() error {
	head := d.src[d.pos:]
	if len(head) < 10 {
		return io.ErrUnexpectedEOF
	}
	flags := head[3]
	if !IsGzip(head) || head[2] != 8 || flags&flagReserved != 0 {
		return d.corrupt("invalid gzip header")
	}
	n, ok := headerLength(head, flags)
	if !ok {
		return io.ErrUnexpectedEOF
	}
	if flags&flagHeaderCRC != 0 && binary.LittleEndian.Uint16(head[n-2:]) != uint16(crc32.ChecksumIEEE(head[:n-2])) {
		return d.corrupt("gzip header with a wrong checksum")
	}
	d.pos += n
	d.start, d.summed, d.crc = d.end, d.end, 0
	d.state = atBlock
	return nil
}

// headerLength is the length of a header with the optional parts that flags
// announce; false when head is shorter.
func headerLength(head []byte, flags byte) (n int, ok bool) {
	n = 10
	if flags&flagExtra != 0 {
		if len(head) < n+2 {
			return 0, false
		}
		n += 2 + int(binary.LittleEndian.Uint16(head[n:]))
	}
	for _, flag := range [...]byte{flagName, flagComment} {
		if flags&flag == 0 {
			continue
		}
		if n > len(head) {
			return 0, false
		}
		nul := bytes.IndexByte(head[n:], 0)
		if nul < 0 {
			return 0, false
		}
		n += nul + 1
	}
	if flags&flagHeaderCRC != 0 {
		n += 2
	}
	return n, n <= len(head)
}

// sum brings the member's checksum up to date.
func (d *Decoder) sum() {
	d.crc = crc32.Update(d.crc, crc32.IEEETable, d.window[d.summed:d.end])
	d.summed = d.end
}

// trailer checks the member against its checksum and length. A further member
// may follow; anything else is garbage that zlib, and so npm, does not look at.
func (d *Decoder) trailer() error {
	if d.align() < 8 {
		return io.ErrUnexpectedEOF
	}
	d.sum()
	if binary.LittleEndian.Uint32(d.src[d.pos:]) != d.crc {
		return d.corrupt("wrong checksum")
	}
	if binary.LittleEndian.Uint32(d.src[d.pos+4:]) != uint32(d.end-d.start) {
		return d.corrupt("wrong length")
	}
	d.pos += 8
	d.state = atEnd
	if IsGzip(d.src[d.pos:]) {
		d.state = atMember
	}
	return nil
}

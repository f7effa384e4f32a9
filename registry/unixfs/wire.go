package unixfs

import (
	"encoding/binary"
	"math/bits"
)

// Protobuf, as far as dag-pb and UnixFS use it. Field numbers are below 16,
// so that every tag is one byte.

const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// field takes the next field off data. For wireBytes payload is the bytes,
// for wireVarint number is the value.
func field(data string) (tag, wire int, number uint64, payload, rest string, err error) {
	key, data, err := varint(data)
	if err != nil {
		return 0, 0, 0, "", "", err
	}
	tag, wire = int(min(key>>3, 1<<30)), int(key&7)
	switch wire {
	case wireVarint:
		number, rest, err = varint(data)
		return tag, wire, number, "", rest, err
	case wireBytes:
		n, data, err := varint(data)
		if err != nil || n > uint64(len(data)) {
			return 0, 0, 0, "", "", errMalformed
		}
		return tag, wire, 0, data[:n], data[n:], nil
	case wire64, wire32:
		size := 4
		if wire == wire64 {
			size = 8
		}
		if len(data) < size {
			return 0, 0, 0, "", "", errMalformed
		}
		return tag, wire, 0, data[:size], data[size:], nil
	}
	return 0, 0, 0, "", "", errMalformed
}

func varint(data string) (uint64, string, error) {
	var v uint64
	for i := 0; i < len(data) && i < 10; i++ {
		c := data[i]
		if i == 9 && c > 1 {
			break
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return v, data[i+1:], nil
		}
	}
	return 0, "", errMalformed
}

func varintLen(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

func appendVarintField(buf []byte, tag int, v uint64) []byte {
	return binary.AppendUvarint(append(buf, byte(tag<<3|wireVarint)), v)
}

func appendBytesField[T string | []byte](buf []byte, tag int, v T) []byte {
	buf = binary.AppendUvarint(append(buf, byte(tag<<3|wireBytes)), uint64(len(v)))
	return append(buf, v...)
}

// messageSize is the length of the PBLink message of l.
func (l *rawLink) messageSize() int {
	return 1 + varintLen(uint64(len(l.hash))) + len(l.hash) +
		1 + varintLen(uint64(len(l.name))) + len(l.name) +
		1 + varintLen(l.size)
}

// entrySize is what l adds to a node.
func (l *rawLink) entrySize() int {
	n := l.messageSize()
	return 1 + varintLen(uint64(n)) + n
}

// encodeNode writes a dag-pb node: links in the order given, then data.
func encodeNode(links []rawLink, data []byte) []byte {
	size := 1 + varintLen(uint64(len(data))) + len(data)
	for i := range links {
		size += links[i].entrySize()
	}
	buf := make([]byte, 0, size)
	for i := range links {
		l := &links[i]
		buf = binary.AppendUvarint(append(buf, 2<<3|wireBytes), uint64(l.messageSize()))
		buf = appendBytesField(buf, 1, l.hash)
		buf = appendBytesField(buf, 2, l.name)
		buf = appendVarintField(buf, 3, l.size)
	}
	return appendBytesField(buf, 1, data)
}

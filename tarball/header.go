package tarball

import (
	"bytes"
	"strconv"
)

// blockSize is tar's unit: headers are one block, contents are padded to it.
const blockSize = 512

// kind is what an entry means to a package.
type kind int

const (
	kindFile     kind = iota
	kindSkipped       // directories, links, and what only some tars know
	kindRefused       // devices and FIFOs
	kindPax           // extended header of the next entry
	kindLongName      // GNU name of the next entry
)

// header is one header block, or what remains of it that matters here. See
// POSIX pax, "ustar Interchange Format", and GNU tar's "Basic Tar Format".
type header struct {
	kind kind
	path string
	mode int64
	size int64
}

// parseHeader decodes a block whose checksum was found right. The path is
// the block's own; an extended header may replace it.
func parseHeader(b []byte) (header, error) {
	size, ok := parseNumber(b[124:136])
	if !ok || size < 0 {
		return header{}, &FormatError{Msg: "entry with an invalid size"}
	}
	// Modes out of range are no reason to refuse a package; they count as
	// not executable.
	mode, _ := parseNumber(b[100:108])
	h := header{path: cstring(b[:100]), mode: mode, size: size}
	if string(b[257:263]) == "ustar\x00" {
		if prefix := cstring(b[345:500]); prefix != "" {
			h.path = prefix + "/" + h.path
		}
	}
	h.kind = kindOf(b[156])
	if b[156] == '5' {
		// Some tars write a directory's stat size; there are no contents.
		h.size = 0
	}
	return h, nil
}

func kindOf(flag byte) kind {
	switch flag {
	case '0', 0, '7':
		return kindFile
	case '3', '4', '6':
		return kindRefused
	case 'x', 'X':
		return kindPax
	case 'L', 'N':
		return kindLongName
	}
	return kindSkipped
}

// checksumOK compares the header's checksum: the sum of its bytes with the
// checksum field itself taken as blanks. Ancient tars summed signed bytes.
func checksumOK(b []byte) bool {
	want, ok := parseNumber(b[148:156])
	if !ok {
		return false
	}
	var unsigned, signed int64
	for i, c := range b[:blockSize] {
		if i >= 148 && i < 156 {
			c = ' '
		}
		unsigned += int64(c)
		signed += int64(int8(c))
	}
	return want == unsigned || want == signed
}

func isZeroBlock(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// parseNumber reads an octal number padded with blanks and NULs, an empty one
// being 0, or GNU's base 256 when the highest bit is set.
func parseNumber(b []byte) (int64, bool) {
	if b[0]&0x80 != 0 {
		return parseBase256(b)
	}
	b = bytes.Trim(b, " \x00")
	if i := bytes.IndexAny(b, " \x00"); i >= 0 {
		b = b[:i]
	}
	if len(b) == 0 {
		return 0, true
	}
	n, err := strconv.ParseUint(string(b), 8, 63)
	return int64(n), err == nil
}

// parseBase256 reads a big-endian two's complement number; only those that
// fit an int64 and are not negative are valid here.
func parseBase256(b []byte) (int64, bool) {
	if b[0] != 0x80 {
		return 0, false
	}
	var n int64
	for _, c := range b[1:] {
		if n > 1<<54 {
			return 0, false
		}
		n = n<<8 | int64(c)
	}
	return n, true
}

// cstring is the text up to the first NUL.
func cstring(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

// extended is what a PAX extended header or a GNU long name says about the
// next entry. Empty path and negative size mean unsaid.
type extended struct {
	path string
	size int64
}

// parsePax reads "length key=value\n" records. As npm's tar does it passes
// over malformed ones: old writers counted characters instead of bytes.
func parsePax(data []byte, ext *extended) error {
	for len(data) > 0 {
		key, value, n := paxRecord(data)
		data = data[n:]
		switch key {
		case "path":
			ext.path = cstring(value)
		case "size":
			size, err := strconv.ParseUint(string(value), 10, 63)
			if err != nil {
				return &FormatError{Msg: "extended header with an invalid size"}
			}
			ext.size = int64(size)
		}
	}
	return nil
}

// paxRecord cuts the first record off data and returns how long it is. A
// malformed one has no key and reaches to the end of its line.
func paxRecord(data []byte) (key string, value []byte, n int) {
	line := bytes.IndexByte(data, '\n') + 1
	if line == 0 {
		line = len(data)
	}
	digits, _, ok := bytes.Cut(data[:line], []byte(" "))
	if !ok || len(digits) > 7 {
		return "", nil, line
	}
	n, err := strconv.Atoi(string(digits))
	if err != nil || n <= len(digits)+1 || n > len(data) || data[n-1] != '\n' {
		return "", nil, line
	}
	k, v, ok := bytes.Cut(data[len(digits)+1:n-1], []byte("="))
	if !ok {
		return "", nil, n
	}
	return string(k), v, n
}

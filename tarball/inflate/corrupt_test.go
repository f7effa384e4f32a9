package inflate

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"
)

// streams are raw streams that zlib either accepts or finds damaged.
func streams() []struct {
	name  string
	data  []byte
	valid bool
	want  string // the output, or a part of the error
} {
	// Literals a and b, end of block, and a match of three; two distances.
	abc := lits(258, 'a', 2, 'b', 2, 256, 2, 257, 2)
	const a, b, end, match = 0, 1, 2, 3
	return []struct {
		name  string
		data  []byte
		valid bool
		want  string
	}{
		{"stored", stored(2, 0xfffd, "ab"), true, "ab"},
		{"stored nothing", stored(0, 0xffff, ""), true, ""},
		{"stored with a wrong complement", stored(2, 0xfffc, "ab"), false, "wrong length"},
		{"third kind of compression", new(bitWriter).bits(7, 3).bits(0, 40).data, false, "unknown kind"},

		{"fixed", fixed().code(0x30+'a', 8).code(0, 7).data, true, "a"},
		{"fixed with nine bits", fixed().code(0x190+0xff-144, 9).code(0, 7).data, true, "\xff"},
		{"fixed match", fixed().code(0x30+'a', 8).code(0xc5, 8).code(0, 5).code(0, 7).data, true, "a" + strings.Repeat("a", 258)},
		{"fixed symbol 286", fixed().code(0x30+'a', 8).code(0xc6, 8).code(0, 5).code(0, 7).bits(0, 16).data, false, "literal or length"},
		{"fixed symbol 287", fixed().code(0xc7, 8).bits(0, 64).data, false, "literal or length"},
		{"fixed distance 30", fixed().code(0x30+'a', 8).code(1, 7).code(30, 5).bits(0, 64).data, false, "code of a distance"},
		{"fixed distance 31", fixed().code(0x30+'a', 8).code(1, 7).code(31, 5).bits(0, 64).data, false, "code of a distance"},
		{"first byte is a match", fixed().code(1, 7).code(0, 5).code(0, 7).bits(0, 64).data, false, "too far back"},
		{"match of all there is", fixed().code(0x30+'a', 8).code(0x30+'b', 8).code(1, 7).code(1, 5).code(0, 7).data, true, "ababa"},
		{"match of more than there is", fixed().code(0x30+'a', 8).code(0x30+'b', 8).code(1, 7).code(2, 5).code(0, 7).bits(0, 64).data, false, "too far back"},

		{"dynamic", dynamic(abc, []uint8{1, 1}).code(a, 2).code(b, 2).code(match, 2).code(1, 1).code(end, 2).data, true, "ababa"},
		{"one distance of one bit", dynamic(abc, []uint8{1}).code(a, 2).code(match, 2).code(0, 1).code(end, 2).data, true, "aaaa"},
		{"one distance of one bit that is not the first", dynamic(abc, []uint8{0, 1}).code(a, 2).code(b, 2).code(match, 2).code(0, 1).code(end, 2).data, true, "ababa"},
		{"the other value of that bit", dynamic(abc, []uint8{1}).code(a, 2).code(match, 2).code(1, 1).code(end, 2).bits(0, 64).data, false, "code of a distance"},
		{"one distance of two bits", dynamic(abc, []uint8{2}).code(a, 2).code(end, 2).bits(0, 64).data, false, "code of distances"},
		{"no distance and no match", dynamic(abc, []uint8{0}).code(a, 2).code(end, 2).data, true, "a"},
		{"no distance and a match", dynamic(abc, []uint8{0}).code(a, 2).code(match, 2).code(0, 1).code(end, 2).bits(0, 64).data, false, "code of a distance"},
		{"incomplete distances", dynamic(abc, []uint8{2, 2, 2}).code(end, 2).bits(0, 64).data, false, "code of distances"},
		{"oversubscribed distances", dynamic(abc, []uint8{1, 1, 1}).code(end, 2).bits(0, 64).data, false, "code of distances"},
		{"distances 30 and 31", dynamic(abc, lits(32, 0, 1, 31, 1)).code(end, 2).bits(0, 64).data, false, "too many"},

		{"nothing but an end", dynamic(lits(257, 256, 1), []uint8{0}).code(0, 1).data, true, ""},
		{"the other value of an end's bit", dynamic(lits(257, 256, 1), []uint8{0}).code(1, 1).bits(0, 64).data, false, "literal or length"},
		{"an end of two bits", dynamic(lits(257, 256, 2), []uint8{0}).code(0, 2).bits(0, 64).data, false, "literals and lengths"},
		{"no end", dynamic(lits(257, 'a', 1, 'b', 1), []uint8{0}).code(0, 1).bits(0, 64).data, false, "its end"},
		{"incomplete literals", dynamic(lits(257, 'a', 2, 'b', 2, 256, 2), []uint8{0}).code(2, 2).bits(0, 64).data, false, "literals and lengths"},
		{"oversubscribed literals", dynamic(lits(257, 'a', 1, 'b', 1, 256, 1), []uint8{0}).code(0, 1).bits(0, 64).data, false, "literals and lengths"},
		{"oversubscribed by long codes", dynamic(lits(258, 'a', 1, 'b', 2, 'c', 2, 256, 15, 257, 15), []uint8{0}).bits(0, 64).data, false, "literals and lengths"},
		{"symbols 286 and 287", dynamic(lits(288, 256, 1, 287, 1), []uint8{0}).code(0, 1).bits(0, 64).data, false, "too many"},

		{"oversubscribed code lengths", dynamicHeader(257, 1, 1, 1, 1, 0).bits(0, 64).data, false, "code of code lengths"},
		{"incomplete code lengths", dynamicHeader(257, 1, 2, 2, 2, 0).bits(0, 64).data, false, "code of code lengths"},
		{"one code length of one bit", dynamicHeader(257, 1, 0, 0, 1, 0).bits(0x7f<<1, 9).bits(0xff<<1, 16).bits(0, 64).data, false, ""},
		{"no code length", dynamicHeader(257, 1, 0, 0, 0, 0).bits(0, 400).data, false, ""},
		{"repetition of nothing", dynamicHeader(257, 1, 1, 0, 1, 0).code(0, 1).bits(0, 64).data, false, "repetition"},
		{"too many repetitions", dynamicHeader(257, 1, 0, 1, 1, 0).bits(0xff, 8).bits(0xff, 8).bits(0xff, 8).bits(0, 64).data, false, "too many code lengths"},
	}
}

// TestStreams also asks the standard library, which accepts the same.
func TestStreams(t *testing.T) {
	for _, tt := range streams() {
		t.Run(tt.name, func(t *testing.T) {
			standard, err := io.ReadAll(flate.NewReader(bytes.NewReader(tt.data)))
			if (err == nil) != tt.valid || tt.valid && string(standard) != tt.want {
				t.Fatalf("the standard library reads %q, %v", standard, err)
			}
			got, err := gunzip(New(1<<10), member(tt.data, standard), 0)
			var bad *CorruptError
			switch {
			case tt.valid && (err != nil || string(got) != tt.want):
				t.Fatalf("got %q, %v", got, err)
			case !tt.valid && (!errors.As(err, &bad) || !strings.Contains(bad.Error(), tt.want)):
				t.Fatalf("error %v", err)
			}
		})
	}
}

func TestCorruptMembers(t *testing.T) {
	text := []byte("text text text text")
	whole := member(deflate(t, text, 9), text)
	edited := func(at int, value byte) []byte {
		out := bytes.Clone(whole)
		out[(at+len(out))%len(out)] ^= value
		return out
	}
	for _, tt := range []struct {
		name, want string
		src        []byte
	}{
		{"magic number", "header", edited(0, 1)},
		{"second half of the magic number", "header", edited(1, 1)},
		{"compression method", "header", edited(2, 1)},
		{"reserved flags", "header", edited(3, 0x20)},
		{"header's checksum", "header", join(summed(whole[:10], 1), whole[10:])},
		{"checksum", "wrong checksum", edited(-8, 1)},
		{"length", "wrong length", edited(-1, 0x80)},
		{"second member", "header", join(whole, edited(2, 1))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := gunzip(New(1<<10), tt.src, 0)
			var bad *CorruptError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v", err)
			}
		})
	}
}

// summed is a member's header with a checksum that is off by wrong.
func summed(header []byte, wrong uint16) []byte {
	out := bytes.Clone(header)
	out[3] |= flagHeaderCRC
	return binary.LittleEndian.AppendUint16(out, uint16(crc32.ChecksumIEEE(out))+wrong)
}

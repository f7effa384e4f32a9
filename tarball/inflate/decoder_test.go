package inflate

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// contents are data of every nature that compressors tell apart.
func contents(t testing.TB) map[string][]byte {
	rng := rand.New(rand.NewPCG(3, 4))
	noise := make([]byte, 300_000)
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	// Few symbols of very different frequency: codes of up to 15 bits.
	skewed := make([]byte, 400_000)
	for i := range skewed {
		skewed[i] = byte(rng.ExpFloat64() * 12)
	}
	all := map[string][]byte{
		"nothing": nil, "one byte": {'x'}, "sources": sources(t)[:700_000], "noise": noise, "skewed": skewed,
		"zeros": make([]byte, 1<<20), "noise among zeros": append(append(make([]byte, 70_000), noise[:70_000]...), make([]byte, 70_000)...),
	}
	// Matches at every small distance, and at the largest.
	for period := 1; period <= 40; period++ {
		all[fmt.Sprint("period ", period)] = bytes.Repeat(noise[:period], 2000/period)
	}
	all["period 32768"] = bytes.Repeat(noise[:32768], 10)
	return all
}

func TestDecoder(t *testing.T) {
	d := New(64 << 10)
	for name, data := range contents(t) {
		for level := -2; level <= 9; level++ {
			src := member(deflate(t, data, level), data)
			for _, keep := range []int{0, 1, 40_000, 64 << 10} {
				got, err := gunzip(d, src, keep)
				if err != nil || !bytes.Equal(got, data) {
					t.Fatalf("%s, level %d, keeping %d: %d bytes of %d, %v", name, level, keep, len(got), len(data), err)
				}
			}
		}
	}
}

// The standard library's compressor makes other choices.
func TestDecoderReadsStandardLibrary(t *testing.T) {
	d := New(64 << 10)
	for name, data := range contents(t) {
		for level := gzip.HuffmanOnly; level <= gzip.BestCompression; level++ {
			got, err := gunzip(d, standard(t, data, level, gzip.Header{}), 0)
			if err != nil || !bytes.Equal(got, data) {
				t.Fatalf("%s, level %d: %d bytes of %d, %v", name, level, len(got), len(data), err)
			}
		}
	}
}

// standard is a gzip file by the standard library.
func standard(t testing.TB, data []byte, level int, header gzip.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Header = header
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestMembers(t *testing.T) {
	text := []byte("some text, some text, some text")
	one := member(deflate(t, text, 9), text)
	empty := member(deflate(t, nil, 9), nil)
	long := gzip.Header{Name: strings.Repeat("long", 2000), Comment: "comment", Extra: []byte("extra"), ModTime: time.Unix(1, 0)}
	for _, tt := range []struct {
		name string
		src  []byte
		want int // how many times the text
	}{
		{"one", one, 1},
		{"two", join(one, one), 2},
		{"empty ones", join(empty, one, empty, empty, one, empty), 2},
		{"garbage", join(one, []byte("garbage")), 1},
		{"zeros", join(one, make([]byte, 1000)), 1},
		{"first half of a magic number", join(one, []byte{0x1f}), 1},
		{"a member behind garbage", join(one, []byte{0}, one), 1},
		{"all parts of a header", standard(t, text, 9, long), 1},
		{"header with a checksum", join(summed(one[:10], 0), one[10:]), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := gunzip(New(1<<10), tt.src, 0)
			if want := bytes.Repeat(text, tt.want); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%q, %v", got, err)
			}
		})
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// Every beginning of a file is one that ends too early, whatever is in it.
func TestTruncated(t *testing.T) {
	text := sources(t)[:5000]
	whole := join(
		standard(t, text, gzip.BestCompression, gzip.Header{Name: "name", Comment: "comment", Extra: []byte("extra")}),
		join(summed(member(nil, nil)[:10], 0), member(deflate(t, text, 1), text)[10:]),
		member(deflate(t, text[:1000], 0), text[:1000]),
		member(fixed().code(0x30+'x', 8).code(0, 7).data, []byte("x")),
	)
	d := New(1 << 10)
	if _, err := gunzip(d, whole, 0); err != nil {
		t.Fatal(err)
	}
	ends := 0
	for n := range whole {
		_, err := gunzip(d, whole[:n:n], 0)
		if err == nil {
			// Between members, up to the first half of a magic number.
			ends++
			continue
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("%d bytes of %d: %v", n, len(whole), err)
		}
	}
	if ends != 3*2 {
		t.Fatalf("%d of the beginnings pass as whole", ends)
	}
}

// What a file leaves behind in a Decoder must not show in the next.
func TestReset(t *testing.T) {
	secret := bytes.Repeat([]byte("secret"), 10_000)
	whole := member(deflate(t, secret, 9), secret)
	// A match at distance 6, with nothing before it.
	peeping := fixed().code(0b0000100, 7).code(4, 5).bits(1, 1).code(0, 7).data
	d := New(1 << 10)
	for _, before := range [][]byte{whole, whole[:len(whole)-9], join(whole, whole)} {
		gunzip(d, before, 0)
		if got, err := gunzip(d, member(peeping, nil), 0); err == nil || len(got) > 0 {
			t.Fatalf("read %q, %v", got, err)
		}
	}
	if got, err := gunzip(d, join(whole, member(peeping, nil)), 0); err == nil {
		t.Fatalf("a member reaches into the one before: %d bytes", len(got))
	}
	if got, err := gunzip(d, whole, 0); err != nil || !bytes.Equal(got, secret) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
}

// A bomb costs no more memory than its reader allows it.
func TestDecoderAllocatesNothing(t *testing.T) {
	bomb := make([]byte, 64<<20)
	src := member(deflate(t, bomb, 9), bomb)
	d := New(64 << 10)
	if n := testing.AllocsPerRun(1, func() {
		d.Reset(src)
		total := 0
		for {
			b, err := d.More(0)
			if err != nil {
				break
			}
			if total += len(b); len(b) > cap(d.window) {
				t.Fatalf("%d bytes at once", len(b))
			}
		}
		if total != len(bomb) {
			t.Fatalf("%d bytes", total)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

package inflate

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"io"
	"testing"
)

// fuzzMost is how many bytes of output are looked at, so that fuzzing does
// not spend its time on zeros.
const fuzzMost = 1 << 18

// FuzzStream reads raw streams beside the standard library.
func FuzzStream(f *testing.F) {
	for _, s := range streams() {
		f.Add(s.data)
	}
	text := sources(f)
	for level := -2; level <= 9; level++ {
		f.Add(deflate(f, text[:20_000], level))
	}
	d := New(1 << 10)
	f.Fuzz(func(t *testing.T, stream []byte) {
		in := bytes.NewReader(stream)
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(in), fuzzMost))
		if len(want) == fuzzMost {
			return
		}
		src := stream
		if wantErr == nil {
			src = stream[:len(stream)-in.Len()]
		}
		got, err := gunzip(d, member(src, want), 100)
		if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, %v; standard library: %d bytes, %v", len(got), err, len(want), wantErr)
		}
	})
}

// FuzzDamage reads a file of which one byte is changed and the end cut off.
// It may happen to be whole still, but only as the standard library sees it.
func FuzzDamage(f *testing.F) {
	text := sources(f)[:20_000]
	for level := -2; level <= 9; level++ {
		f.Add(member(deflate(f, text, level), text), uint(300), byte(4), uint(0))
		f.Add(standard(f, text, level, gzip.Header{Name: "n", Extra: []byte("e")}), uint(9), byte(0), uint(level+2))
	}
	d := New(1 << 10)
	f.Fuzz(func(t *testing.T, src []byte, at uint, change byte, cut uint) {
		src = bytes.Clone(src[:len(src)-int(cut%uint(len(src)+1))])
		if len(src) < 4 {
			return
		}
		src[at%uint(len(src))] ^= change
		got, err := gunzip(d, src, 0)
		if len(got) >= fuzzMost || err != nil {
			return
		}
		in := bytes.NewReader(src)
		var want []byte
		for IsGzip(src[len(src)-in.Len():]) {
			r, err := gzip.NewReader(in)
			if err != nil {
				// It has no room for a name of more than 512 bytes.
				return
			}
			r.Multistream(false)
			part, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, part...)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, standard library: %d", len(got), len(want))
		}
	})
}

package inflate

import (
	"bytes"
	stdgzip "compress/gzip"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// BenchmarkGunzip compares this package with the libraries that it stands in
// for, on the project's own sources: as one large package, and as one of
// median size.
func BenchmarkGunzip(b *testing.B) {
	text := sources(b)
	for _, size := range []struct {
		name  string
		bytes int
	}{{"small", 45_000}, {"large", len(text)}} {
		data := text[len(text)-size.bytes:]
		src := member(deflate(b, data, 9), data)
		for name, read := range map[string]func(*testing.B, []byte){
			"inflate": benchInflate, "klauspost": benchKlauspost, "standard": benchStandard,
		} {
			b.Run(size.name+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				read(b, src)
			})
		}
	}
}

func benchInflate(b *testing.B, src []byte) {
	d := New(256 << 10)
	for b.Loop() {
		d.Reset(src)
		for {
			if _, err := d.More(0); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func benchKlauspost(b *testing.B, src []byte) {
	var r gzip.Reader
	benchReader(b, src, &r, r.Reset)
}

func benchStandard(b *testing.B, src []byte) {
	var r stdgzip.Reader
	benchReader(b, src, &r, r.Reset)
}

// benchReader reads into a window of the same size.
func benchReader(b *testing.B, src []byte, r io.Reader, reset func(io.Reader) error) {
	window := make([]byte, 256<<10)
	for b.Loop() {
		if err := reset(bytes.NewReader(src)); err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := r.Read(window); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

package tarball

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// benchPackage is of ordinary shape: 200 files of some kilobytes of text-like
// data, one large file.
func benchPackage(b *testing.B) (data []byte, size int64) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	words := []string{"function ", "return ", "const ", "exports.", "require(", ");\n", "this.", " => ", "index", "value"}
	text := func(n int) []byte {
		var out []byte
		for len(out) < n {
			out = append(out, words[rng.IntN(len(words))]...)
			out = append(out, byte('a'+rng.IntN(26)))
		}
		return out
	}
	files := []File{{Path: "package.json", Data: text(1500)}, {Path: "dist/bundle.js", Data: text(1 << 20)}}
	for i := range 200 {
		files = append(files, File{Path: fmt.Sprintf("lib/d%d/file%d.js", i%10, i), Data: text(500 + rng.IntN(10_000))})
	}
	for _, f := range files {
		size += int64(len(f.Data))
	}
	data, err := Pack(files)
	if err != nil {
		b.Fatal(err)
	}
	return data, size
}

func BenchmarkHash(b *testing.B) {
	data, _ := benchPackage(b)
	in, err := ParseIntegrity(Sum512(data))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := in.Verify(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGunzip(b *testing.B) {
	data, size := benchPackage(b)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		s, err := openStream(data, DefaultLimits())
		if err != nil {
			b.Fatal(err)
		}
		if err := s.drain(); err != nil {
			b.Fatal(err)
		}
		s.close()
	}
}

func BenchmarkWalk(b *testing.B) {
	data, size := benchPackage(b)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		if err := Walk(data, Limits{}, func(Entry, io.Reader) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExtract(b *testing.B) {
	data, size := benchPackage(b)
	dir := b.TempDir()
	b.SetBytes(size)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		dst := filepath.Join(dir, fmt.Sprint(i))
		if err := os.Mkdir(dst, 0o755); err != nil {
			b.Fatal(err)
		}
		if _, err := Extract(b.Context(), data, dst, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

package inflate

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"math/bits"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/flate"
)

// sources is a real archive: the project's own Go files, as tar.
func sources(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.AddFS(goFiles{os.DirFS(filepath.Join("..", ".."))}); err != nil {
		t.Fatal(err)
	}
	if out.Len() < 1<<20 {
		t.Fatalf("only %d bytes of sources", out.Len())
	}
	return out.Bytes()
}

// goFiles shows of a tree only folders and Go files.
type goFiles struct{ fs.FS }

func (g goFiles) ReadDir(name string) (shown []fs.DirEntry, err error) {
	all, err := fs.ReadDir(g.FS, name)
	for _, e := range all {
		if e.IsDir() && e.Name()[0] != '.' && e.Name() != "testdata" || filepath.Ext(e.Name()) == ".go" {
			shown = append(shown, e)
		}
	}
	return shown, err
}

// deflate compresses data to one raw stream.
func deflate(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// member makes a gzip member of a raw stream that holds data.
func member(stream, data []byte) []byte {
	out := append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}, stream...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(data))
	return binary.LittleEndian.AppendUint32(out, uint32(len(data)))
}

// gunzip reads all of src, keeping some of the window at each step.
func gunzip(d *Decoder, src []byte, keep int) (out []byte, err error) {
	d.Reset(src)
	kept := 0
	for {
		b, err := d.More(kept)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		if !bytes.HasSuffix(out, b[:kept]) {
			return out, errors.New("what was kept has changed")
		}
		out = append(out, b[kept:]...)
		kept = min(keep, len(b))
	}
}

// bitWriter writes a raw stream by hand.
type bitWriter struct {
	data []byte
	n    int
}

// bits writes count bits of v, the lowest first.
func (w *bitWriter) bits(v uint32, count int) *bitWriter {
	for i := range count {
		if w.n%8 == 0 {
			w.data = append(w.data, 0)
		}
		w.data[w.n/8] |= byte(v>>i&1) << (w.n % 8)
		w.n++
	}
	return w
}

// code writes a Huffman code, the highest bit first.
func (w *bitWriter) code(v uint32, count int) *bitWriter {
	return w.bits(bits.Reverse32(v)>>(32-count), count)
}

// stored begins a last block that is not compressed.
func stored(length, complement uint32, data string) []byte {
	w := new(bitWriter).bits(1, 3).bits(0, 5).bits(length, 16).bits(complement, 16)
	return append(w.data, data...)
}

// fixed begins a last block of the fixed codes.
func fixed() *bitWriter { return new(bitWriter).bits(1, 1).bits(1, 2) }

// dynamic begins a last block of codes of these lengths, which are written
// as they are, by a code of four bits for each of 0 to 15.
func dynamic(lits, dists []uint8) *bitWriter {
	w := dynamicHeader(len(lits), len(dists), 0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4)
	for _, n := range append(bytes.Clone(lits), dists...) {
		w.code(uint32(n), 4)
	}
	return w
}

// dynamicHeader begins a block with the lengths of the code of code lengths,
// in the order of RFC 1951.
func dynamicHeader(lits, dists int, pre ...uint32) *bitWriter {
	w := new(bitWriter).bits(1, 1).bits(2, 2)
	w.bits(uint32(lits-257), 5).bits(uint32(dists-1), 5).bits(uint32(len(pre)-4), 4)
	for _, n := range pre {
		w.bits(n, 3)
	}
	return w
}

// lits are lengths of the codes of 257 or more symbols, given by pairs.
func lits(count int, pairs ...int) []uint8 {
	lengths := make([]uint8, count)
	for i := 0; i < len(pairs); i += 2 {
		lengths[pairs[i]] = uint8(pairs[i+1])
	}
	return lengths
}

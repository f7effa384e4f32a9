package tarball

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"testing"
)

// item is one entry of an archive under test.
type item struct {
	name string
	body string
	mode int64
	flag byte // tar.TypeReg when 0
	link string
	pax  map[string]string
	gnu  bool
}

// plain makes an uncompressed archive, by the standard library's writer.
func plain(t testing.TB, items ...item) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, it := range items {
		h := &tar.Header{Name: it.name, Mode: it.mode, Typeflag: it.flag, Linkname: it.link, PAXRecords: it.pax, Size: int64(len(it.body))}
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			h = &tar.Header{Name: it.name, Typeflag: it.flag, PAXRecords: it.pax}
		} else if h.Mode == 0 {
			h.Mode = 0o644
		}
		if it.gnu {
			h.Format = tar.FormatGNU
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatalf("%s: %v", it.name, err)
		}
		if _, err := w.Write([]byte(it.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zip(t testing.TB, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func tgz(t testing.TB, items ...item) []byte { return zip(t, plain(t, items...)) }

// rawHeader makes a header block by hand, for what the standard writer
// refuses to write, with a right checksum.
func rawHeader(name string, flag byte, size string) []byte {
	b := make([]byte, blockSize)
	copy(b, name)
	copy(b[100:], "0000644\x00")
	copy(b[124:], size)
	b[156] = flag
	copy(b[257:], "ustar\x0000")
	return seal(b)
}

// seal writes the checksum.
func seal(b []byte) []byte {
	copy(b[148:], "        ")
	var sum int
	for _, c := range b[:blockSize] {
		sum += int(c)
	}
	for i := 5; i >= 0; i-- {
		b[148+i] = byte('0' + sum&7)
		sum >>= 3
	}
	b[154], b[155] = 0, ' '
	return b
}

package upstream

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"net/url"
	"strings"
	"testing"
)

func TestGunzip(t *testing.T) {
	text := strings.Repeat(`{"name":"a"}`, 100_000)
	whole := zipped(t, text)
	lies := func(size uint32) []byte {
		data := bytes.Clone(whole)
		binary.LittleEndian.PutUint32(data[len(data)-4:], size)
		return data
	}
	for _, tt := range []struct {
		name   string
		packed []byte
		limit  int64
		ok     bool
	}{
		{"whole", whole, 1 << 30, true},
		{"just as large as may be", whole, int64(len(text)), true},
		{"a byte larger", whole, int64(len(text)) - 1, false},
		{"of two members", append(bytes.Clone(whole), zipped(t, "")...), 1 << 30, true},
		{"says that it is smaller", lies(1), 1 << 30, false},
		{"says that it is larger", lies(1<<32 - 1), 1 << 30, false},
		{"cut short", whole[:len(whole)-9], 1 << 30, false},
		{"no gzip", []byte(text), 1 << 30, false},
		{"nothing", nil, 1 << 30, false},
	} {
		got, err := gunzip(tt.packed, &request{url: &url.URL{}, limit: tt.limit})
		if (err == nil) != tt.ok || tt.ok && string(got) != text {
			t.Errorf("%s: %d bytes, %v", tt.name, len(got), err)
		}
		if tt.name == "a byte larger" && !is[*SizeError](err) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	for _, packed := range [][]byte{nil, {1, 2, 3}, lies(1<<32 - 1)} {
		if n := sizeHint(packed); n < 0 || n > int64(len(packed))*mostExpansion || n > maxHint {
			t.Errorf("%d bytes are to be made room for, for %d", n, len(packed))
		}
	}
}

func zipped(t testing.TB, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

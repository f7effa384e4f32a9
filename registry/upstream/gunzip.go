package upstream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/ipnpm/ipnpm/tarball/inflate"
)

// windowSize is how many bytes of a document are decompressed at a time.
const windowSize = 256 << 10

// decoders keeps them, which are some 300 KB each, between documents; it holds
// no information.
var decoders = sync.Pool{New: func() any { return inflate.New(windowSize) }}

// gunzip decompresses a body that is in memory. That documents are read whole
// before they are parsed makes this the faster way, and lets the file's own word
// on its size, which is believed as far as deflate allows, spare the growing.
func gunzip(packed []byte, r *request) ([]byte, error) {
	return gunzipInto(make([]byte, 0, min(sizeHint(packed), r.limit)), packed, r)
}

// gunzipInto is gunzip into an empty buffer, of any capacity.
func gunzipInto(out, packed []byte, r *request) ([]byte, error) {
	if !inflate.IsGzip(packed) {
		return nil, errors.New("gzip body: not gzip")
	}
	d := decoders.Get().(*inflate.Decoder)
	defer func() {
		d.Reset(nil)
		decoders.Put(d)
	}()
	d.Reset(packed)
	for {
		chunk, err := d.More(0)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("gzip body: %w", err)
		}
		if int64(len(out)+len(chunk)) > r.limit {
			return nil, &SizeError{URL: redact(r.url), Limit: r.limit}
		}
		out = append(out, chunk...)
	}
}

// mostExpansion is how much larger than its input deflate's output can be.
const mostExpansion = 1032

// sizeHint is what a gzip file says is its size (RFC 1952, ISIZE): of its last
// member, modulo 2^32, and whatever a liar wrote there.
func sizeHint(packed []byte) int64 {
	if len(packed) < 4 {
		return 0
	}
	said := int64(binary.LittleEndian.Uint32(packed[len(packed)-4:]))
	return min(said, int64(len(packed))*mostExpansion, maxHint)
}

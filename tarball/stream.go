package tarball

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// windowSize is the size in bytes of the buffer that decompressed data passes
// through. Nearly all files of packages fit it, and it fits the L2 cache.
const windowSize = 256 << 10

// stream is the decompressed archive. It is a reader of the tar bytes behind a
// window; limits are enforced as the bytes appear, before anyone sees them.
type stream struct {
	window *bufio.Reader
	in     bytes.Reader
	gz     gzip.Reader
	zipped bool
	done   bool
	limits Limits
	packed int64
	count  int64
}

// streams keeps inflater state and windows (some 300 KB each) between
// archives; it holds no information.
var streams = sync.Pool{New: func() any {
	s := new(stream)
	s.window = bufio.NewReaderSize(s, windowSize)
	return s
}}

// openStream starts reading data, which is gzip or, failing its magic number,
// plain tar. The caller closes the stream.
func openStream(data []byte, limits Limits) (*stream, error) {
	s := streams.Get().(*stream)
	s.in.Reset(data)
	s.limits, s.packed, s.count, s.done = limits, int64(len(data)), 0, false
	s.zipped = isGzip(data)
	s.window.Reset(s)
	if s.zipped {
		if err := s.member(); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

// close gives the stream back; it must not be used any more.
func (s *stream) close() {
	s.in.Reset(nil)
	streams.Put(s)
}

func isGzip(data []byte) bool {
	return len(data) >= 2 && data[0] == 0x1f && data[1] == 0x8b
}

// member starts the gzip member at the input's position.
func (s *stream) member() error {
	if err := s.gz.Reset(&s.in); err != nil {
		return gzipError(err)
	}
	s.gz.Multistream(false)
	return nil
}

// Read implements io.Reader over the decompressed bytes.
func (s *stream) Read(p []byte) (int, error) {
	if s.done {
		return 0, io.EOF
	}
	n, err := s.read(p)
	s.count += int64(n)
	if over := s.overLimit(); over != nil {
		return 0, over
	}
	if err == io.EOF {
		s.done = true
	}
	return n, err
}

func (s *stream) read(p []byte) (int, error) {
	if !s.zipped {
		return s.in.Read(p)
	}
	n, err := s.gz.Read(p)
	if err == nil {
		return n, nil
	}
	if err != io.EOF {
		return n, gzipError(err)
	}
	// A further member may follow; anything else after a member is garbage
	// that zlib, and so npm, does not look at.
	if !s.memberFollows() {
		return n, io.EOF
	}
	return n, s.member()
}

func (s *stream) memberFollows() bool {
	var magic [2]byte
	n, _ := s.in.ReadAt(magic[:], s.in.Size()-int64(s.in.Len()))
	return isGzip(magic[:n])
}

func (s *stream) overLimit() error {
	if s.count > s.limits.Unpacked {
		return &LimitError{"unpacked bytes", s.limits.Unpacked}
	}
	if s.count > ratioFloor && s.count/s.limits.Ratio > s.packed {
		return &LimitError{"compression ratio", s.limits.Ratio}
	}
	return nil
}

func gzipError(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return &FormatError{"gzip data ends too early", io.ErrUnexpectedEOF}
	}
	return &FormatError{"gzip data is damaged", err}
}

// drain reads to the end, so that checksums are checked and truncation is
// noticed also behind the end-of-archive marker.
func (s *stream) drain() error {
	for {
		n := s.window.Buffered()
		if n == 0 {
			if _, err := s.window.Peek(1); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
			continue
		}
		if _, err := s.window.Discard(n); err != nil {
			return err
		}
	}
}

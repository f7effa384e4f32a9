package tarball

import (
	"errors"
	"io"
	"sync"

	"github.com/ipnpm/ipnpm/tarball/inflate"
)

// windowSize is how many decompressed bytes can be had at once. Nearly all
// files of packages fit, and it fits the L2 cache.
const windowSize = 256 << 10

// stream is the decompressed archive behind a window; limits are enforced as
// the bytes appear, before anyone sees them.
type stream struct {
	gz     *inflate.Decoder
	zipped bool
	// ahead are the bytes that were decompressed and not consumed yet, all
	// of them when the archive is not compressed.
	ahead  []byte
	limits Limits
	packed int64
	count  int64
}

// streams keeps decoders and their windows (some 300 KB each) between
// archives; it holds no information.
var streams = sync.Pool{New: func() any {
	return &stream{gz: inflate.New(windowSize)}
}}

// openStream starts reading data, which is gzip or, failing its magic number,
// plain tar. The caller closes the stream.
func openStream(data []byte, limits Limits) (*stream, error) {
	s := streams.Get().(*stream)
	*s = stream{gz: s.gz, limits: limits, packed: int64(len(data))}
	if s.zipped = inflate.IsGzip(data); s.zipped {
		s.gz.Reset(data)
		return s, nil
	}
	s.ahead = data
	if err := s.add(len(data)); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// close gives the stream back; it must not be used any more.
func (s *stream) close() {
	s.gz.Reset(nil)
	s.ahead = nil
	streams.Put(s)
}

// peek returns the next n bytes, at most windowSize, without consuming them.
// When there are fewer it returns those and an error, io.EOF at the end. What
// it returns is valid until the next call of peek or more.
func (s *stream) peek(n int) ([]byte, error) {
	for len(s.ahead) < n {
		if err := s.more(); err != nil {
			return s.ahead, err
		}
	}
	return s.ahead[:n], nil
}

// discard consumes n bytes that are ahead.
func (s *stream) discard(n int) { s.ahead = s.ahead[n:] }

// more decompresses a further part.
func (s *stream) more() error {
	if !s.zipped {
		return io.EOF
	}
	kept := len(s.ahead)
	ahead, err := s.gz.More(kept)
	if err != nil {
		return gzipError(err)
	}
	s.ahead = ahead
	return s.add(len(ahead) - kept)
}

// add counts n bytes more.
func (s *stream) add(n int) error {
	s.count += int64(n)
	if s.count > s.limits.Unpacked {
		return &LimitError{"unpacked bytes", s.limits.Unpacked}
	}
	if s.count > ratioFloor && s.count/s.limits.Ratio > s.packed {
		return &LimitError{"compression ratio", s.limits.Ratio}
	}
	return nil
}

func gzipError(err error) error {
	switch {
	case err == io.EOF:
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &FormatError{"gzip data ends too early", io.ErrUnexpectedEOF}
	}
	return &FormatError{"gzip data is damaged", err}
}

// drain reads to the end, so that checksums are checked and truncation is
// noticed also behind the end-of-archive marker.
func (s *stream) drain() error {
	for {
		s.ahead = nil
		if err := s.more(); err != nil {
			if err == io.EOF {
				return nil
			}
			return err
		}
	}
}

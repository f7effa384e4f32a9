package tarball

import (
	"io"
	"strings"
)

// reader cuts a decompressed archive into entries.
type reader struct {
	s *stream
	// left and pad are the bytes of the current entry's contents that were
	// not consumed yet, and of the padding behind them.
	left, pad int64
	entries   int
}

// next returns the header of the next entry, extended headers applied, and
// io.EOF at the end of the archive. What was not read of the previous
// contents is skipped.
func (r *reader) next() (header, error) {
	ext := extended{size: -1}
	for {
		h, err := r.block()
		if err != nil {
			return header{}, err
		}
		if h.kind != kindPax && h.kind != kindLongName {
			h = apply(h, ext)
			return h, r.body(h.size)
		}
		if err := r.extend(h, &ext); err != nil {
			return header{}, err
		}
	}
}

// block finds and parses the next header block.
func (r *reader) block() (header, error) {
	if err := r.skip(); err != nil {
		return header{}, err
	}
	for zeros := 0; ; {
		b, err := r.s.peek(blockSize)
		if err != nil {
			return header{}, r.end(err, zeros)
		}
		if isZeroBlock(b) {
			// Two such blocks end an archive, whatever follows.
			if zeros++; zeros == 2 {
				return header{}, r.end(r.s.drain(), zeros)
			}
			r.s.discard(blockSize)
			continue
		}
		return r.parse(b)
	}
}

// end turns the failure to get a header into the error to report: none but
// io.EOF if there was anything that looks like an archive.
func (r *reader) end(err error, zeros int) error {
	if err != nil && err != io.EOF {
		return err
	}
	if r.entries == 0 && zeros == 0 {
		return &FormatError{Msg: "not a tar archive"}
	}
	return io.EOF
}

func (r *reader) parse(b []byte) (header, error) {
	if !checksumOK(b) {
		if r.entries == 0 {
			return header{}, &FormatError{Msg: "not a tar archive"}
		}
		return header{}, &FormatError{Msg: "entry header with a wrong checksum"}
	}
	if r.entries++; r.entries > r.s.limits.Files {
		return header{}, &LimitError{"entries", int64(r.s.limits.Files)}
	}
	h, err := parseHeader(b)
	if err != nil {
		return header{}, err
	}
	r.s.discard(blockSize)
	return h, nil
}

// body says that contents of size bytes come next.
func (r *reader) body(size int64) error {
	// Also keeps the sum with the padding from overflowing.
	if size > r.s.limits.Unpacked {
		return &LimitError{"unpacked bytes", r.s.limits.Unpacked}
	}
	r.left = size
	r.pad = -size & (blockSize - 1)
	return nil
}

// apply overrides the header's fields by what the extended ones say. The
// type decides about directories only here, as the name may be extended.
func apply(h header, ext extended) header {
	if ext.path != "" {
		h.path = ext.path
	}
	// Tars before POSIX marked a directory by its name alone.
	if h.kind == kindFile && strings.HasSuffix(h.path, "/") {
		h.kind = kindSkipped
	}
	if ext.size >= 0 && h.kind == kindFile {
		h.size = ext.size
	}
	return h
}

// extend reads the contents of an extended header into ext.
func (r *reader) extend(h header, ext *extended) error {
	if h.size > maxMeta {
		return &LimitError{"header bytes", maxMeta}
	}
	if err := r.body(h.size); err != nil {
		return err
	}
	data := make([]byte, h.size)
	if _, err := io.ReadFull(r, data); err != nil {
		return err
	}
	if h.kind == kindLongName {
		ext.path = cstring(data)
		return nil
	}
	return parsePax(data, ext)
}

// skip discards what is left of the current entry.
func (r *reader) skip() error {
	n := r.left + r.pad
	r.left, r.pad = 0, 0
	for n > 0 {
		b, err := r.some(n)
		if err != nil {
			return err
		}
		n -= int64(len(b))
	}
	return nil
}

// some consumes and returns the next n bytes, or as many of them as are ahead,
// but at least one.
func (r *reader) some(n int64) ([]byte, error) {
	if _, err := r.s.peek(1); err != nil {
		return nil, truncated(err)
	}
	b := r.s.ahead[:min(n, int64(len(r.s.ahead)))]
	r.s.discard(len(b))
	return b, nil
}

// Read implements io.Reader over the current entry's contents.
func (r *reader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	b, err := r.some(min(int64(len(p)), r.left))
	r.left -= int64(len(b))
	return copy(p, b), err
}

// chunk returns the next bytes of the contents without copying, all of them
// when they fit the window; nil at the end. They are valid until the next call.
func (r *reader) chunk() ([]byte, error) {
	if r.left == 0 {
		return nil, nil
	}
	if r.left <= windowSize {
		if _, err := r.s.peek(int(r.left)); err != nil {
			return nil, truncated(err)
		}
	}
	b, err := r.some(r.left)
	r.left -= int64(len(b))
	return b, err
}

func truncated(err error) error {
	if err == io.EOF {
		return &FormatError{"archive ends inside an entry", io.ErrUnexpectedEOF}
	}
	return err
}

package tarball

import "fmt"

// Limits bounds what a tarball may make a reader do. A zero field means the
// value of [DefaultLimits].
type Limits struct {
	// Unpacked is the highest number of bytes of the decompressed archive,
	// headers and padding included.
	Unpacked int64
	// Ratio is the highest quotient of decompressed and compressed size. It
	// counts only from one mebibyte on, since a small file of zeros is no
	// bomb.
	Ratio int64
	// Files is the highest number of archive entries of any kind.
	Files int
	// Path is the highest length of an entry's path in bytes.
	Path int
}

// DefaultLimits are far above any package that is known: the largest have
// some hundred megabytes and some tens of thousands of files. The ratio is
// that of npm's own tar.
func DefaultLimits() Limits {
	return Limits{Unpacked: 4 << 30, Ratio: 1000, Files: 500_000, Path: 1024}
}

// ratioFloor is the decompressed size in bytes up to which the ratio is not
// looked at.
const ratioFloor = 1 << 20

// maxMeta is the highest size in bytes of a PAX header or GNU long name, as
// in npm's tar.
const maxMeta = 1 << 20

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	if l.Unpacked <= 0 {
		l.Unpacked = d.Unpacked
	}
	if l.Ratio <= 0 {
		l.Ratio = d.Ratio
	}
	if l.Files <= 0 {
		l.Files = d.Files
	}
	if l.Path <= 0 {
		l.Path = d.Path
	}
	return l
}

// LimitError says that a tarball exceeds one of the [Limits].
type LimitError struct {
	// What is the quantity: "unpacked bytes", "compression ratio", "entries",
	// "path length" or "header bytes".
	What string
	Max  int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("tarball exceeds the limit of %d %s", e.Max, e.What)
}

// FormatError says that the bytes are not a whole and valid archive.
type FormatError struct {
	Msg string
	// Err is the cause, often io.ErrUnexpectedEOF; may be nil.
	Err error
}

func (e *FormatError) Error() string {
	if e.Err == nil {
		return "bad tarball: " + e.Msg
	}
	return "bad tarball: " + e.Msg + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *FormatError) Unwrap() error { return e.Err }

// PathError says that an entry's name is one that must not be unpacked.
type PathError struct {
	// Path is the name as the archive spells it.
	Path string
	// Other is the earlier name that Path collides with, else empty.
	Other string
	Msg   string
}

func (e *PathError) Error() string {
	if e.Other != "" {
		return fmt.Sprintf("unsafe tarball: %q and %q %s", e.Other, e.Path, e.Msg)
	}
	return fmt.Sprintf("unsafe tarball: %q %s", e.Path, e.Msg)
}

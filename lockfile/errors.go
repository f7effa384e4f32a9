package lockfile

import "fmt"

// SyntaxError says that a file is not JSON, or ends too early.
type SyntaxError struct {
	// Line and Column count from 1, columns in bytes.
	Line, Column int
	Msg          string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg)
}

// FieldError says that a lockfile is JSON but holds something that a lockfile
// must not hold.
type FieldError struct {
	// Line and Column are where the value begins, counted from 1; 0 when the
	// lockfile is not being read from a file.
	Line, Column int
	// Location is the key in packages; empty also outside of packages.
	Location string
	Field    string
	Msg      string
}

func (e *FieldError) Error() string {
	where := ""
	if e.Line > 0 {
		where = fmt.Sprintf("line %d, column %d: ", e.Line, e.Column)
	}
	if e.Location != "" {
		return fmt.Sprintf("%spackages[%q]: %s: %s", where, e.Location, e.Field, e.Msg)
	}
	return fmt.Sprintf("%s%s: %s", where, e.Field, e.Msg)
}

// FormatError says that a lockfile is of a version that is not supported.
type FormatError struct {
	// File is "ipnpm-lock.json" or "package-lock.json".
	File string
	// Version is the file's lockfileVersion, 0 when it has none.
	Version int64
	// Oldest and Newest are the versions that are supported.
	Oldest, Newest int64
}

func (e *FormatError) Error() string {
	switch {
	case e.Version > e.Newest:
		return fmt.Sprintf("%s has lockfileVersion %d; this ipnpm reads up to %d: use a newer ipnpm",
			e.File, e.Version, e.Newest)
	case e.Version < e.Oldest && e.Version > 0:
		return fmt.Sprintf("%s has lockfileVersion %d; this ipnpm reads %d to %d", e.File, e.Version, e.Oldest, e.Newest)
	}
	return fmt.Sprintf("%s has no valid lockfileVersion", e.File)
}

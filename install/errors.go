package install

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

// LocationError refuses a location, link target or bin of the lockfile that
// would be, or lead, where an install must not write.
type LocationError struct {
	// Location is the key in the lockfile.
	Location string
	// Problem ends the sentence "location … ".
	Problem string
}

func (e *LocationError) Error() string {
	return fmt.Sprintf("refusing location %q of the lockfile: %s", e.Location, e.Problem)
}

// PlatformError is npm's EBADPLATFORM: a package that is not optional says
// that it does not work here.
type PlatformError struct {
	Location, Name, Version string
	// Current is the platform installed for.
	Current Platform
	// OS, CPU and Libc are what the package asks for.
	OS, CPU, Libc []string
}

func (e *PlatformError) Error() string {
	return fmt.Sprintf("EBADPLATFORM: %s@%s (%s) is not for this platform: wants %s, this is %s",
		e.Name, e.Version, e.Location, wanted(e.OS, e.CPU, e.Libc), e.Current)
}

// Hint says what the user can do.
func (e *PlatformError) Hint() string {
	return "--force installs it all the same; --os, --cpu and --libc install for another platform"
}

func wanted(lists ...[]string) string {
	var parts []string
	for i, label := range []string{"os", "cpu", "libc"} {
		if len(lists[i]) > 0 {
			parts = append(parts, label+" "+strings.Join(lists[i], "|"))
		}
	}
	return strings.Join(parts, ", ")
}

// PackageError names the package that a failure belongs to.
type PackageError struct {
	Location, Name, Version string
	// Doing is what failed: "fetching", "extracting", "linking".
	Doing string
	Err   error
}

func (e *PackageError) Error() string {
	return fmt.Sprintf("%s %s@%s (%s): %v", e.Doing, e.Name, e.Version, e.Location, e.Err)
}

func (e *PackageError) Unwrap() error { return e.Err }

// ContentError says that the unpacked store holds, under the wanted key, what
// was extracted from a tarball of another digest than the lockfile's: the
// lockfile's cid and integrity contradict each other.
type ContentError struct {
	Key, Want, Got string
}

func (e *ContentError) Error() string {
	return fmt.Sprintf("the content %s has the digest %s, the lockfile says %s", e.Key, e.Got, e.Want)
}

// DiskError is a failure of the file system that the user can mend.
type DiskError struct {
	// Path is where it happened, "" when unknown.
	Path string
	Err  error
	hint string
}

func (e *DiskError) Error() string { return e.Err.Error() }
func (e *DiskError) Unwrap() error { return e.Err }

// Hint says what the user can do.
func (e *DiskError) Hint() string { return e.hint }

// explain wraps the errors of a file system that have a remedy in a
// *DiskError, and leaves all others as they are.
func explain(err error) error {
	if err == nil {
		return nil
	}
	hint := diskHint(err)
	if hint == "" {
		return err
	}
	if _, ok := errors.AsType[*DiskError](err); ok {
		return err
	}
	e := &DiskError{Err: err, hint: hint}
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		e.Path = pathErr.Path
	}
	return e
}

func diskHint(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "the disk (or its inode table) is full: free some space, or `ipnpm cache clean`, and run the install again"
	case errors.Is(err, syscall.EROFS):
		return "the file system is read-only"
	case errors.Is(err, fs.ErrPermission):
		return "you may not write there: look at the owner of the folder (an earlier install run as root?)"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "too many open files: raise the limit (ulimit -n)"
	}
	return ""
}

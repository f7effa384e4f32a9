package cmd

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

// A full or read-only disk shows at whatever temporary file was being written,
// and looking at that one helps nobody.
func TestHintsOnDisks(t *testing.T) {
	for errno, want := range map[syscall.Errno]string{syscall.ENOSPC: "free some space", syscall.EROFS: "read-only"} {
		err := fmt.Errorf("writing block: %w", &fs.PathError{Op: "write", Path: "/x/put-1", Err: errno})
		hints := hintsOf(err)
		if len(hints) != 1 || !strings.Contains(hints[0], want) || strings.Contains(hints[0], "put-1") {
			t.Errorf("%v: %q", errno, hints)
		}
	}
}

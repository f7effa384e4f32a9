package atomicfile

import (
	"os"

	"golang.org/x/sys/unix"
)

// writeOut has a file's content written, and waits for that, but not for the journal,
// nor for the disk to empty its cache (sync_file_range(2)). A journal has both before
// it records a rename that comes later: ext4 and XFS write the extents of the content
// with it or before, and flush the disk's cache with it.
func writeOut(f *os.File) error {
	const written = unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
	if unix.SyncFileRange(int(f.Fd()), 0, 0, written) == nil {
		return nil
	}
	return f.Sync() // not every file system has it
}

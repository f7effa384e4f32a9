package install

import (
	"os"
	"time"
)

// setStamp sets a folder's time of change, in nanoseconds since 1970.
func setStamp(root, loc string, stamp int64) error {
	at := time.Unix(0, stamp)
	return os.Chtimes(diskPath(root, loc), at, at)
}

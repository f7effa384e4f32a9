package dirat

import "time"

// Stat is what [Dir.Stat] tells.
type Stat struct {
	// Size in bytes.
	Size int64
	// Regular says that it is a regular file.
	Regular bool
	// Modified is when its content last changed.
	Modified time.Time
}

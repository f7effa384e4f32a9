package install

import (
	"os"
	"path/filepath"

	"github.com/ipnpm/ipnpm/lockfile"
)

// keptLock is a second name of the lockfile that node_modules was made from, as
// pnpm has its node_modules/.pnpm/lock.yaml: who removes the lockfile and installs
// again gets, as from npm, what is in node_modules, and need not resolve for it.
const keptLock = ".ipnpm-lock.json"

// keepLock gives the lockfile its second name. It is for speed alone, so where
// there is none, or no link can be made, the old one goes and that is all. Whether
// it still says the same when it is wanted, its digest tells.
func keepLock(root string) {
	kept, file := diskPath(root, modules+"/"+keptLock), filepath.Join(root, lockfile.FileName)
	have, err := os.Lstat(file)
	if is, keptErr := os.Lstat(kept); err == nil && keptErr == nil && os.SameFile(have, is) {
		return
	}
	_ = os.Remove(kept)
	if err == nil && have.Mode().IsRegular() {
		_ = os.Link(file, kept)
	}
}

// RestoreLock puts the lockfile that node_modules was made from, with the same
// settings, back in its place, if there is none and neither it nor any node_modules
// folder has changed since. It tells whether it did. It reads what [UpToDate] reads.
func RestoreLock(o Options) bool {
	h, err := readHeader(o.Root)
	if err != nil || !h.vouchesFor(o) {
		return false
	}
	want := h.Inputs[lockfile.FileName]
	if want == "" || digestOf(o.Root, modules+"/"+keptLock) != want || !h.unmoved(o.Root) {
		return false
	}
	// A link is there whole or not at all, and replaces nothing.
	return os.Link(diskPath(o.Root, modules+"/"+keptLock), filepath.Join(o.Root, lockfile.FileName)) == nil
}

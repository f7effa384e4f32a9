package ipfsstore

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// tempPrefix marks a file being written. No block's name begins so (those are
// upper-case base32), nor does an IPNS name.
const tempPrefix = "put-"

// writeRename writes data to a temporary name beside path and renames it, so
// that readers see the old file or the new one and nothing between. Without
// sync a power cut may leave an empty or torn file: for what is verified when
// it is read.
func writeRename(path string, data []byte, sync bool) error {
	f, err := createTemp(filepath.Dir(path))
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil && sync {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// createTemp is os.CreateTemp but for the mode, which follows the umask here
// without a chmod a block.
func createTemp(dir string) (*os.File, error) {
	for {
		name := filepath.Join(dir, tempPrefix+strconv.FormatUint(rand.Uint64(), 36))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

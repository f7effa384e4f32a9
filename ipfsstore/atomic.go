package ipfsstore

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"github.com/ipnpm/ipnpm/internal/dirat"
)

// tempPrefix marks a file being written. No block's name begins so (those are
// upper-case base32), nor does an IPNS name.
const tempPrefix = "put-"

// writeRename writes data to a temporary name beside path and renames it, so
// that readers see the old file or the new one and nothing between. Without
// sync a power cut may leave an empty or torn file: for what is verified when
// it is read.
func writeRename(path string, data []byte, sync bool) error {
	if !sync {
		return putRename(path, data)
	}
	f, err := createTemp(filepath.Dir(path))
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
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

// putRename is writeRename without a sync, and with few system calls.
func putRename(path string, data []byte) error {
	for {
		temp := tempName(filepath.Dir(path))
		err := dirat.WriteFile(temp, data, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			err = dirat.Rename(temp, path)
		}
		if err != nil {
			_ = os.Remove(temp)
		}
		return err
	}
}

func tempName(dir string) string {
	return filepath.Join(dir, tempPrefix+strconv.FormatUint(rand.Uint64(), 36))
}

// createTemp is os.CreateTemp but for the mode, which follows the umask here
// without a chmod a block.
func createTemp(dir string) (*os.File, error) {
	for {
		f, err := os.OpenFile(tempName(dir), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

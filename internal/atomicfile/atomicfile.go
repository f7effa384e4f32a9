// Package atomicfile replaces small files of which a half must never be seen:
// package.json, the lockfile, .npmrc, the names of roots. Whoever reads, and
// whatever is left after a kill or a power cut, it is the old content or the
// new.
//
// It is for files that are written seldom and matter. The blocks of ipfsstore
// and the documents of registry/upstream are verified when they are read, and
// go without the sync that makes this safe and slow.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Write makes data the content of the file at path, whose folder must exist,
// with exactly the given mode, whatever the umask. It writes a hidden file
// beside it, syncs that and renames it; on an error the old file stays as it
// is. A symbolic link at path is replaced, not followed.
func Write(path string, data []byte, mode fs.FileMode) error {
	settle, err := Stage(path, data, mode)
	if err != nil {
		return err
	}
	return settle()
}

// Stage is the part of [Write] that fails where there is no room, or no right to
// write there. What it returns does the rest, which takes as long as the disk does,
// and has to be called.
func Stage(path string, data []byte, mode fs.FileMode) (settle func() error, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return nil, err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(mode)); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return func() error {
		// Without the sync, a power cut could leave the new name with no content.
		err := errors.Join(f.Sync(), f.Close())
		if err == nil {
			err = os.Rename(f.Name(), path)
		}
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
		return err
	}, nil
}

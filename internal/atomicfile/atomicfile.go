// Package atomicfile replaces small files of which a half must never be seen:
// package.json, the lockfile, .npmrc, the names of roots. Whoever reads, and
// whatever is left after a kill or a power cut, it is the old content or the
// new.
//
// It is for files that are written seldom and matter. The blocks of ipfsstore
// and the documents of registry/upstream are verified when they are read, and
// go without the sync that makes this safe and slow. The lockfile and the root of a
// registry's local index, which each install may write and can make again, go without
// the half of it that is slow.
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
	settle, err := stage(path, data, mode, (*os.File).Sync)
	if err != nil {
		return err
	}
	return settle()
}

// Stage is Write for a file that can be made again, as a lockfile can of
// package.json: when it has settled, a power cut may still bring back the old
// content, and no other. That leaves out what a sync takes longest for. Stage is the
// part that fails where there is no room, or no right to write there. What it returns
// does the rest, and has to be called.
func Stage(path string, data []byte, mode fs.FileMode) (settle func() error, err error) {
	return stage(path, data, mode, writeOut)
}

// stage writes the hidden file. What it returns renames it, once hold has seen to it
// that no power cut can leave the new name with no content.
func stage(path string, data []byte, mode fs.FileMode, hold func(*os.File) error) (settle func() error, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return nil, err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(mode)); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return func() error {
		err := errors.Join(hold(f), f.Close())
		if err == nil {
			err = os.Rename(f.Name(), path)
		}
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
		return err
	}, nil
}

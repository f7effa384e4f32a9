package cmd

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/install/lifecycle"
)

// before is what a file held when a command began. A command that fails after
// it wrote package.json and the lockfile puts both back, as npm leaves them:
// they describe a tree that was not made.
type before struct {
	path string
	data []byte
	// missing says that there was no file.
	missing bool
	mode    fs.FileMode
}

// remember reads the files as they are now.
func remember(paths ...string) ([]before, error) {
	out := make([]before, 0, len(paths))
	for _, path := range paths {
		b := before{path: path, mode: 0o644}
		var err error
		if b.data, err = os.ReadFile(path); errors.Is(err, fs.ErrNotExist) {
			b.missing = true
		} else if err != nil {
			return nil, err
		}
		if info, err := os.Stat(path); err == nil {
			b.mode = info.Mode().Perm()
		}
		out = append(out, b)
	}
	return out, nil
}

// putBack restores what has changed since, each file by a rename.
func putBack(files []before) error {
	var errs []error
	for _, b := range files {
		errs = append(errs, b.restore())
	}
	return errors.Join(errs...)
}

func (b before) restore() error {
	now, err := os.ReadFile(b.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && b.missing, err == nil && !b.missing && bytes.Equal(now, b.data):
		return nil
	case b.missing:
		return os.Remove(b.path)
	}
	temporary := b.path + ".ipnpm-tmp"
	if err := os.WriteFile(temporary, b.data, b.mode); err != nil {
		return err
	}
	return os.Rename(temporary, b.path)
}

// treeIsMade says that a failure came after the tree was made: a script of the
// project's own, or of one of its workspaces.
func (p *project) treeIsMade(err error) bool {
	var script *lifecycle.Error
	if !errors.As(err, &script) {
		return false
	}
	rel, relErr := filepath.Rel(p.dir, script.Dir)
	return relErr == nil && !strings.Contains("/"+filepath.ToSlash(rel)+"/", "/node_modules/")
}

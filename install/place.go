package install

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ipnpm/ipnpm/internal/dirat"
)

// placing is how a package's files come into a folder.
type placing struct {
	// private copies them, for packages whose scripts may write to them; otherwise
	// they are links.
	private bool
	// look has each looked at before, which ends with a *damagedError.
	look bool
}

// damagedError is that a file of the unpacked store is not as it was extracted.
type damagedError struct{ file, problem string }

func (e *damagedError) Error() string { return e.file + ": " + e.problem }

// placePackage makes the folder dst with the package's files. A folder that is there
// already (with nested packages moved back into it) is filled. Parents are made when
// they lack.
func (l *linker) placePackage(c *Contents, dst string, how placing) (err error) {
	if err := makeDir(dst); err != nil {
		return err
	}
	from, err := dirat.Open(c.Root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := dirat.Open(dst)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	for _, dir := range c.Dirs {
		if err := to.Mkdir(dir, 0o755); err != nil && !isRealDir(to.Path(dir), err) {
			return err
		}
	}
	put := l.link
	if how.private {
		put = l.copy
	}
	for i := range c.Files {
		f := &c.Files[i]
		if how.look {
			if problem := c.problemOf(from, f); problem != "" {
				return &damagedError{c.path(f), problem}
			}
		}
		if err := put(from, c.stored(f), to, f); err != nil {
			return err
		}
	}
	return nil
}

const sep = string(filepath.Separator)

// makeDir makes a folder with one system call in the usual case that its
// parent is there.
func makeDir(dir string) error {
	err := dirat.WithParent(dir, func() error { return dirat.Mkdir(dir, 0o755) })
	if isRealDir(dir, err) {
		return nil
	}
	return err
}

// isRealDir says that mkdir failed only because the folder is there, as a
// folder and not as a link to one.
func isRealDir(dir string, mkdirErr error) bool {
	return errors.Is(mkdirErr, fs.ErrExist) && isDir(dir)
}

// placeLink makes a symbolic link to a project folder, or into the virtual
// store.
func placeLink(root string, t *target) error {
	dst := diskPath(root, t.loc)
	want, err := t.linkText(root)
	if err != nil {
		return err
	}
	if dirat.Symlink(want, dst) == nil {
		return nil // as where there is nothing but the folder
	}
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		return err
	}
	return replaceLink(want, dst)
}

// linkText is what the link at a target's location holds. To a project folder
// it is relative, as npm's are, and to the virtual store absolute, so that
// either way the project can move.
func (t *target) linkText(root string) (string, error) {
	if t.entry != "" {
		return t.entry, nil
	}
	return filepath.Rel(filepath.Dir(diskPath(root, t.loc)), diskPath(root, t.link))
}

// diskPath is where a location of the lockfile is on the disk.
func diskPath(root, loc string) string {
	return filepath.Join(root, filepath.FromSlash(loc))
}

package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// project is the folder that is installed: its package.json, its workspaces
// and the lock that the resolver starts from.
type project struct {
	dir        string
	file       *manifest.File
	workspaces []manifest.Workspace
	// lock is the previous state, nil when there is none; seeded says that it
	// is not ours but was read from package-lock.json.
	lock   *lockfile.Lockfile
	seeded bool
}

// findRoot goes up from dir to the folder that npm would take as the project:
// the nearest with a package.json, or else a node_modules, or else dir.
func findRoot(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		for _, mark := range [...]string{"package.json", "node_modules"} {
			if _, err := os.Stat(filepath.Join(at, mark)); err == nil && filepath.Base(at) != "node_modules" {
				return at
			}
		}
		if at == filepath.Dir(at) {
			return dir
		}
	}
}

// openProject reads what is in the folder. A missing package.json is an
// error, except where create says that the command writes one.
func (a *app) openProject(create bool) (*project, error) {
	p := &project{dir: findRoot(a.Dir)}
	var err error
	p.file, err = manifest.Load(filepath.Join(p.dir, "package.json"))
	switch {
	case errors.Is(err, fs.ErrNotExist) && create:
		p.file, err = manifest.New(filepath.Join(p.dir, "package.json")), nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, &hintError{
			err:  fmt.Errorf("no package.json in %s or any folder above it", a.Dir),
			hint: "go to the project's folder, or name it with -C DIR; `ipnpm add NAME` starts a new project",
		}
	}
	if err != nil {
		return nil, err
	}
	for _, w := range p.file.Warnings {
		a.warn("%s", w)
	}
	p.workspaces, err = manifest.FindWorkspaces(p.dir, p.file.Manifest.Workspaces)
	if err != nil {
		return nil, err
	}
	return p, p.readLock(a)
}

// readLock reads ipnpm-lock.json, or takes the versions of a package-lock.json
// or npm-shrinkwrap.json where there is none of ours yet.
func (p *project) readLock(a *app) error {
	lock, err := lockfile.Read(p.dir)
	if err == nil {
		if lock.Merged {
			a.warn("%s held conflict markers of git; both sides were merged, look at the result", lockfile.FileName)
		}
		p.lock = lock
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", lockfile.FileName, err)
	}
	for _, name := range [...]string{"npm-shrinkwrap.json", "package-lock.json"} {
		data, err := os.ReadFile(filepath.Join(p.dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if p.lock, err = lockfile.ImportPackageLock(data); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		p.seeded = true
		return nil
	}
	return nil
}

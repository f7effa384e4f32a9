package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
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
	// is not ours but was read from npm's lockfile, or that pins were from
	// pnpm's, Yarn's or bun's.
	lock   *lockfile.Lockfile
	pins   *lockfile.Graph
	seeded bool
	// member is the place in workspaces of the one that the command was
	// started in, and memberFile its package.json, nil when it was started
	// for the root.
	member     int
	memberFile *manifest.File
}

// edited is the package.json that add and remove write to.
func (p *project) edited() *manifest.File {
	if p.memberFile != nil {
		return p.memberFile
	}
	return p.file
}

// location is the folder of that file, relative to the root.
func (p *project) location() string {
	if p.memberFile != nil {
		return p.workspaces[p.member].Location
	}
	return ""
}

// workspaceFolders are the locations of the workspaces.
func (p *project) workspaceFolders() []string {
	out := make([]string, 0, len(p.workspaces))
	for _, w := range p.workspaces {
		out = append(out, w.Location)
	}
	return out
}

// afterEdit lets the resolver see what was written to the edited file.
func (p *project) afterEdit() {
	if p.memberFile != nil {
		p.workspaces[p.member].Manifest = p.memberFile.Manifest
	}
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

// openTree opens the project whose node_modules the folder belongs to: in a
// workspace, as npm does, the one that it is a workspace of.
func (a *app) openTree(create bool) (*project, error) {
	p, err := a.openTreeUnlocked(create)
	if err != nil {
		return nil, err
	}
	return p, p.readLock(a)
}

// openTreeUnlocked is openTree for who does not go by the lockfile.
func (a *app) openTreeUnlocked(create bool) (*project, error) {
	dir := findRoot(a.Dir)
	for at := filepath.Dir(dir); at != filepath.Dir(at); at = filepath.Dir(at) {
		f, err := manifest.Load(filepath.Join(at, "package.json"))
		if err != nil || len(f.Manifest.Workspaces) == 0 {
			continue // not a project, or none that could answer for dir
		}
		members, err := manifest.FindWorkspaces(at, f.Manifest.Workspaces)
		if err != nil {
			continue
		}
		for i, w := range members {
			if filepath.Join(at, filepath.FromSlash(w.Location)) == dir {
				return a.openMember(at, i)
			}
		}
	}
	return a.openProjectAt(findRoot(a.Dir), create)
}

// openMember opens the project at root for its i-th workspace.
func (a *app) openMember(root string, i int) (*project, error) {
	p, err := a.openProjectAt(root, false)
	if err != nil {
		return nil, err
	}
	p.member = i
	p.memberFile, err = manifest.Load(filepath.Join(root, filepath.FromSlash(p.workspaces[i].Location), "package.json"))
	return p, err
}

// openProject reads what is in the folder. A missing package.json is an
// error, except where create says that the command writes one.
func (a *app) openProject(create bool) (*project, error) {
	p, err := a.openProjectAt(findRoot(a.Dir), create)
	if err != nil {
		return nil, err
	}
	return p, p.readLock(a)
}

func (a *app) openProjectAt(dir string, create bool) (*project, error) {
	p := &project{dir: dir}
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
	return p, nil
}

// readLock reads ipnpm-lock.json, or takes the versions of another package
// manager's lockfile where there is none of ours yet.
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
		return err // which names the file
	}
	return p.findSeed(a)
}

// lacksOptional says that an optional dependency could not be had when the
// lockfile was written. Like npm, each install tries again.
func (p *project) lacksOptional() bool {
	for location, pkg := range p.lock.Packages {
		for name := range pkg.OptionalDependencies {
			if !holds(p.lock, location, name) {
				return true
			}
		}
	}
	return false
}

// holds says whether the lockfile has a package of that name where the one at
// a location would find it.
func holds(lock *lockfile.Lockfile, location, name string) bool {
	for {
		if _, ok := lock.Packages[path.Join(location, "node_modules", name)]; ok {
			return true
		}
		if location == "" {
			return false
		}
		if location = path.Dir(location); location == "." {
			location = ""
		}
	}
}

package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/install/globals"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// project is the folder that is installed: its package.json, its workspaces
// and the lock that the resolver starts from.
type project struct {
	dir  string
	file *manifest.File
	// foreign is what other package managers' files say of it.
	foreign *manifest.Foreign
	// root and workspaces are what the package.json files ask for, with the
	// catalogs' specs filled in.
	root       *manifest.Manifest
	workspaces []manifest.Workspace
	// self is the project's name as one of its own workspaces, "" where it is
	// none.
	self string
	// lock is the previous state, nil when there is none; seeded says that it
	// is not ours but was read from npm's lockfile, or that pins were from
	// pnpm's, Yarn's or bun's. placed says that it is no file beside
	// package.json at all, but what node_modules says that it holds.
	lock           *lockfile.Lockfile
	pins           *lockfile.Graph
	seeded, placed bool
	// head is what the lockfile's first lines say, which are read once.
	head func() (*lockfile.Lockfile, error)
	// importers are the package.json files that add and remove write to, the
	// project's own by default; scope holds the folders whose dependencies
	// are installed, nil for all.
	importers []*importer
	scope     []string
	// global is where the global packages are that it stands for; nil for a
	// project.
	global *globals.Folder
}

// newProject is a project without workspaces.
func newProject(dir string, file *manifest.File) *project {
	return &project{dir: dir, file: file, root: file.Manifest, foreign: &manifest.Foreign{},
		head:      sync.OnceValues(func() (*lockfile.Lockfile, error) { return lockfile.ReadHead(dir) }),
		importers: []*importer{{file: file, at: -1}}}
}

// workspaceFolders are the locations of the workspaces.
func (p *project) workspaceFolders() []string {
	out := make([]string, 0, len(p.workspaces))
	for _, w := range p.workspaces {
		out = append(out, w.Location)
	}
	return out
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

// openTree opens the project whose node_modules the folder belongs to, in a
// workspace, as npm does, the one that it is a workspace of; and chooses the
// importers that the command is for.
func (a *app) openTree(create bool) (*project, error) {
	p, err := a.openTreeUnlocked(create)
	if err != nil {
		return nil, err
	}
	return p, p.readLock(a)
}

// openTreeUnlocked is openTree for who does not go by the lockfile.
func (a *app) openTreeUnlocked(create bool) (*project, error) {
	root, inside := a.findProject()
	p, err := a.openProjectAt(root, create)
	if err != nil {
		return nil, err
	}
	cfg, err := a.loadConfig(p.dir)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(p.workspaces, func(w manifest.Workspace) bool { return w.Location == inside })
	return p, p.choose(cfg, p.relative(a.Dir), at)
}

// findProject is the folder of the project at hand, and the workspace of it that
// the command was started in.
func (a *app) findProject() (root, inside string) {
	root = findRoot(a.Dir)
	if given := a.flags["workspaces"]; len(given) > 0 && given[0] == "false" {
		return root, ""
	}
	return findWorkspaceRoot(root)
}

// relative is a folder's path from the project, "" for one outside.
func (p *project) relative(dir string) string {
	rel, err := filepath.Rel(p.dir, dir)
	if err != nil || rel == "." || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return ""
	}
	return filepath.ToSlash(rel)
}

// findWorkspaceRoot goes up from a project to the one that it is a workspace
// of, and returns also where it is there; dir and "" when there is none.
func findWorkspaceRoot(dir string) (root, location string) {
	for at := filepath.Dir(dir); at != filepath.Dir(at); at = filepath.Dir(at) {
		f, err := manifest.Load(filepath.Join(at, "package.json"))
		if err != nil {
			continue // not a project
		}
		foreign, err := manifest.ReadForeign(at, f.Bytes())
		if err != nil {
			continue // none that could answer for dir
		}
		members, err := manifest.FindWorkspaces(at, foreign.Patterns(f.Manifest))
		if err != nil {
			continue
		}
		for _, w := range members {
			if filepath.Join(at, filepath.FromSlash(w.Location)) == dir {
				return at, w.Location
			}
		}
	}
	return dir, ""
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
	file, err := manifest.Load(filepath.Join(dir, "package.json"))
	switch {
	case errors.Is(err, fs.ErrNotExist) && create:
		file, err = manifest.New(filepath.Join(dir, "package.json")), nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, &hintError{
			err:  fmt.Errorf("no package.json in %s or any folder above it", a.Dir),
			hint: "go to the project's folder, or name it with -C DIR; `ipnpm add NAME` starts a new project",
			code: "ENOENT",
		}
	}
	if err != nil {
		return nil, err
	}
	p := newProject(dir, file)
	for _, w := range p.file.Warnings {
		a.warn("%s", w)
	}
	if p.foreign, err = manifest.ReadForeign(dir, file.Bytes()); err != nil {
		return nil, err
	}
	if p.workspaces, err = manifest.FindWorkspaces(dir, p.foreign.Patterns(file.Manifest)); err != nil {
		return nil, err
	}
	// pnpm's file often names the root, and links nothing for it.
	if manifest.OwnWorkspace(file.Manifest.Workspaces) {
		p.self = manifest.Workspace{Location: filepath.ToSlash(dir), Manifest: file.Manifest}.Name()
	}
	return p, p.fill()
}

// readLock reads ipnpm-lock.json, or takes the versions of another package
// manager's lockfile where there is none of ours yet, or else those that are
// installed already.
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
	if err := p.findSeed(a); err != nil || p.seeded {
		return err
	}
	p.lock = install.PlacedLock(p.dir)
	p.seeded, p.placed = p.lock != nil, p.lock != nil
	return nil
}

// isLocked says that there is an ipnpm-lock.json.
func (p *project) isLocked() bool {
	_, err := os.Stat(filepath.Join(p.dir, lockfile.FileName))
	return err == nil
}

// forgetLock is for who keeps no lockfile. Like npm's, such an install begins
// with what is in node_modules where there is no lockfile either.
func (p *project) forgetLock() {
	if !p.placed {
		p.lock, p.pins, p.seeded = nil, nil, false
	}
}

// lacksOptional says that an optional dependency could not be had when the
// lockfile was written. Like npm, each install tries again.
func lacksOptional(lock *lockfile.Lockfile) bool {
	for location, pkg := range lock.Packages {
		for name := range pkg.OptionalDependencies {
			if !holds(lock, location, name) {
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

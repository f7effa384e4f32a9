package install

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Global makes [Options.Root] the folder around the node_modules of global
// packages, which is not ours alone: npm keeps its packages there, itself among
// them, and its users link their own folders into it. So nothing goes from it
// that is not named, and a command of somebody else's stays.
type Global struct {
	// Bins is the folder for the packages' commands, absolute. Those of what they
	// depend on are in each package's own node_modules, as anywhere.
	Bins string
	// Remove are the names of packages to be removed, whoever put them there.
	Remove []string
}

// BinTakenError says that a command is already there which is not of the package
// that has one of its name.
type BinTakenError struct {
	// Path is the command, Package whose it would be.
	Path, Package string
}

func (e *BinTakenError) Error() string {
	return fmt.Sprintf("%s has a command %s, and that of another is in its place: %s", e.Package, filepath.Base(e.Path), e.Path)
}

// Code is npm's.
func (e *BinTakenError) Code() string { return "EEXIST" }

// removeNamed notes the global packages that are to go.
func (p *planner) removeNamed() {
	for _, name := range p.o.Global.Remove {
		if loc := joinLoc(modules, name); p.sel.byLoc[loc] == nil && exists(diskPath(p.o.Root, loc)) {
			p.noteRemoval(loc)
		}
	}
}

// binFolder is where the commands of the packages in a node_modules go.
func (o *Options) binFolder(dir string) string {
	if o.isGlobal(dir) {
		return o.Global.Bins
	}
	return diskPath(o.Root, dir+"/.bin")
}

func (o *Options) isGlobal(dir string) bool { return o.Global != nil && dir == modules }

// checkBins refuses, before anything is changed, to put a command over one that
// is not of the same package. Force does so.
func (a *applier) checkBins() error {
	if a.o.Global == nil || a.o.NoBinLinks || a.o.Force {
		return nil
	}
	for _, j := range a.jobs {
		if j.dir != modules {
			continue
		}
		for name := range a.binsOf(j.target) {
			if file := a.taken(j.target, name); file != "" {
				return &BinTakenError{Path: file, Package: j.displayName()}
			}
		}
	}
	return nil
}

// taken is the file that is in the place of a global package's command and not of
// that package; "" for none.
func (a *applier) taken(t *target, command string) string {
	at := filepath.Join(a.o.Global.Bins, command)
	files := []string{at}
	if a.o.Shims {
		files = append(files, at+".cmd", at+".ps1")
	}
	for _, file := range files {
		if _, err := os.Lstat(file); err == nil && !leadsInto(file, diskPath(a.o.Root, t.loc)) {
			return file
		}
	}
	return ""
}

// pruneTouched removes from a folder the commands of the packages that are gone or
// have become others, and no other's.
func (a *applier) pruneTouched(dir string, wanted map[string]bin) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var touched []string
	for loc := range a.plan.before {
		touched = append(touched, diskPath(a.o.Root, loc))
	}
	for _, j := range a.jobs {
		touched = append(touched, diskPath(a.o.Root, j.loc))
	}
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		if b, ok := wanted[a.o.commandOf(e.Name())]; ok && leadsInto(file, diskPath(a.o.Root, b.owner.loc)) {
			continue
		}
		if slices.ContainsFunc(touched, func(folder string) bool { return leadsInto(file, folder) }) {
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	return nil
}

// commandOf is the command that a file of a folder for commands is for.
func (o *Options) commandOf(file string) string {
	if o.Shims {
		return strings.TrimSuffix(strings.TrimSuffix(file, ".cmd"), ".ps1")
	}
	return file
}

// leadsInto says that a command, a link or a shim, is of the package in a folder.
func leadsInto(file, dir string) bool {
	if text, err := os.Readlink(file); err == nil {
		if !filepath.IsAbs(text) {
			text = filepath.Join(filepath.Dir(file), text)
		}
		return strings.HasPrefix(text, dir+sep)
	}
	rel, err := filepath.Rel(filepath.Dir(file), dir)
	if err != nil || !isShim(file) {
		return false
	}
	text := strings.ReplaceAll(string(readHead(file)), `\`, "/")
	return strings.Contains(text, "/"+filepath.ToSlash(rel)+"/")
}

package install

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/internal/dirat"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// bin is one command to link into a .bin folder.
type bin struct {
	name string
	// owner is the package, or the link to it.
	owner *target
	// file is the slash path of the target in the package.
	file string
	// ours says that the target is a file that we put there, not a source
	// file of the user's.
	ours bool
	// placed says that this run put it there.
	placed bool
}

// binsByDir computes which commands each node_modules folder offers. Where
// two packages offer the same name, the first by location has it, and a
// package of the tree before a linked one, as in npm; of global packages the one
// that is just being installed.
func (a *applier) binsByDir() map[string]map[string]bin {
	targets := slices.Concat(a.sel.targets, a.sel.bundled, a.sel.left)
	slices.SortStableFunc(targets, func(x, y *target) int {
		if a.o.Global != nil && (a.byLoc[x.loc] != nil) != (a.byLoc[y.loc] != nil) {
			if a.byLoc[x.loc] != nil {
				return -1
			}
			return 1
		}
		if (x.link == "") != (y.link == "") {
			if x.link == "" {
				return -1
			}
			return 1
		}
		return lockfile.Compare(x.loc, y.loc)
	})
	dirs := map[string]map[string]bin{}
	know := func(dir string) {
		if dirs[dir] == nil {
			dirs[dir] = map[string]bin{}
		}
	}
	for _, base := range a.sel.bases {
		if !outside(base) && isOwnFolder(a.o.Root, base) {
			know(joinLoc(base, modules))
		}
	}
	for _, loc := range a.plan.remove {
		if p, inModules, err := parsePlace(loc); err == nil && inModules {
			know(p.dir)
		}
	}
	for _, dir := range a.plan.empty {
		if path.Base(dir) == modules {
			know(dir)
		}
	}
	for _, t := range targets {
		know(t.dir)
		for name, file := range a.binsOf(t) {
			if _, taken := dirs[t.dir][name]; !taken {
				placed := a.byLoc[t.loc] != nil || a.byLoc[t.parent] != nil
				dirs[t.dir][name] = bin{name, t, file, !t.isLink(), placed}
			}
		}
	}
	return dirs
}

// binsOf reads a target's commands from the lockfile; a link's are those of
// the folder that it leads to. Names and files that would leave the package or
// the .bin folder are dropped by [manifest.Manifest.Bins].
func (a *applier) binsOf(t *target) map[string]string {
	pkg := t.pkg
	if t.link != "" {
		pkg = a.sel.lock.Packages[linkTarget(t.pkg)]
	}
	if pkg == nil || len(pkg.Bin) == 0 {
		return nil
	}
	return commandsOf(pkg.NameAt(t.loc), pkg)
}

// commandsOf are the commands of a package by name: files in its folder.
func commandsOf(name string, pkg *lockfile.Package) map[string]string {
	m := manifest.Manifest{Name: name, Bin: pkg.Bin}
	bins := m.Bins()
	for name, file := range bins {
		if !filepath.IsLocal(name) || strings.ContainsAny(name, `/\`) || !filepath.IsLocal(path.Clean(file)) {
			delete(bins, name)
		}
	}
	return bins
}

// linkBins makes every .bin folder hold the wanted commands, and removes the
// links of packages that are gone.
func (a *applier) linkBins() error {
	if a.o.NoBinLinks {
		return nil
	}
	byDir := a.binsByDir()
	for dir, bins := range byDir { // which notes the folders that are there
		if err := a.pruneBins(dir, bins); err != nil {
			return explain(err)
		}
	}
	var group errgroup.Group
	group.SetLimit(runtime.NumCPU())
	var err error
	for dir, bins := range byDir {
		if err = a.linkBinsOf(&group, dir, bins); err != nil {
			break
		}
	}
	return cmp.Or(group.Wait(), err)
}

// linkBinsOf makes the commands of one node_modules folder, those of a package one
// after the other: two of them may be the same file, which may have to be mended. Of
// packages that were there it mostly looks at what is there, which is not worth a
// goroutine of the group.
func (a *applier) linkBinsOf(group *errgroup.Group, dir string, bins map[string]bin) error {
	byOwner := map[*target][]bin{}
	for _, b := range bins {
		if a.o.Shims && isShimOfOther(b.name, bins) {
			continue
		}
		if a.o.isGlobal(dir) && !b.placed && a.taken(b.owner, b.name) != "" {
			continue // somebody was told to put his there
		}
		byOwner[b.owner] = append(byOwner[b.owner], b)
	}
	for owner, bins := range byOwner {
		link := func() error {
			for _, b := range bins {
				if err := a.linkBin(a.o.binFolder(dir), b); err != nil {
					return &PackageError{owner.loc, owner.displayName(), owner.pkg.Version, "linking the command " + b.name + " of", explain(err)}
				}
			}
			return nil
		}
		if bins[0].placed {
			group.Go(link)
		} else if err := link(); err != nil {
			return err
		}
	}
	return nil
}

// linkBin makes one command. A package without the file that it promises gets
// none, as in npm.
func (a *applier) linkBin(dir string, b bin) error {
	target := diskPath(a.o.Root, b.owner.loc+"/"+path.Clean(b.file))
	info, err := os.Stat(target)
	if err != nil || !info.Mode().IsRegular() {
		return nil //nolint:nilerr // see above
	}
	if !b.ours {
		// The user's own file is made executable, as npm does, not rewritten.
		if info.Mode()&0o100 == 0 {
			_ = makeExecutable(target)
		}
	} else if err := mendBin(target, info, b.placed); err != nil {
		return err
	}
	if err := a.makeBinFolder(dir); err != nil {
		return err
	}
	want, err := filepath.Rel(dir, target)
	if err != nil {
		return err
	}
	at := filepath.Join(dir, b.name)
	if a.o.Shims {
		return writeShims(at, filepath.ToSlash(want), target)
	}
	return replaceLink(want, at)
}

// makeBinFolder makes a folder of commands unless it is there.
func (a *applier) makeBinFolder(dir string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.haveDir[dir] {
		return nil
	}
	err := os.MkdirAll(dir, 0o755)
	a.haveDir[dir] = err == nil
	return err
}

// replaceLink makes a symbolic link, over whatever is there.
func replaceLink(want, at string) error {
	if have, err := os.Readlink(at); err == nil && have == want {
		return nil
	}
	err := dirat.Symlink(want, at)
	if errors.Is(err, fs.ErrExist) {
		if err = os.RemoveAll(at); err == nil {
			err = dirat.Symlink(want, at)
		}
	}
	return err
}

// mendBin makes a command executable and frees its first line of a carriage
// return, which the kernel would take for part of the interpreter's name. The
// file may be shared with the store and with other projects, so a changed one
// is a copy.
func mendBin(file string, info fs.FileInfo, placed bool) error {
	runs := info.Mode()&0o100 != 0
	if runs && !placed {
		return nil
	}
	if runs && !hasCRLFShebang(file) {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	mode := info.Mode().Perm()
	tmp := file + ".ipnpm-tmp"
	if err := os.WriteFile(tmp, mendShebang(data), mode|mode&0o444>>2); err != nil {
		return err
	}
	if err := os.Rename(tmp, file); err != nil {
		os.Remove(tmp)
		return err
	}
	return nil
}

// shebangWindow is how much of a file is looked at for its first line.
const shebangWindow = 2048

func hasCRLFShebang(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	buf := make([]byte, shebangWindow)
	n, _ := io.ReadFull(f, buf)
	return crlfShebang(buf[:n]) > 0
}

// crlfShebang returns the offset of the carriage return that ends the #! line,
// or -1.
func crlfShebang(data []byte) int {
	end := bytes.IndexByte(data, '\n')
	if !bytes.HasPrefix(data, []byte("#!")) || end < 4 || data[end-1] != '\r' {
		return -1
	}
	return end - 1
}

// mendShebang takes the carriage return from the #! line.
func mendShebang(data []byte) []byte {
	if i := crlfShebang(data[:min(len(data), shebangWindow)]); i > 0 {
		return slices.Concat(data[:i], data[i+1:])
	}
	return data
}

// pruneBins removes what former packages left in the .bin of a node_modules:
// symbolic links into the same one, and shims. The user's own are kept.
func (a *applier) pruneBins(of string, wanted map[string]bin) error {
	if a.o.isGlobal(of) {
		return a.pruneTouched(a.o.Global.Bins, wanted)
	}
	dir := a.o.binFolder(of)
	info, err := os.Lstat(dir)
	if err != nil {
		return nil //nolint:nilerr // no folder, nothing to remove
	}
	if !info.IsDir() {
		return os.Remove(dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	mayBeOfOthers := outside(of) || slices.Contains(a.plan.left, of)
	left := len(entries)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if _, ok := wanted[a.o.commandOf(e.Name())]; ok || !isOldBin(path, e) || mayBeOfOthers && leadsSomewhere(path) {
			continue
		}
		if err := os.Remove(path); err != nil {
			return err
		}
		left--
	}
	if left == 0 && len(wanted) == 0 {
		return os.Remove(dir)
	}
	a.haveDir[dir] = true
	return nil
}

// leadsSomewhere says that a link is not dangling. Outside the project, and
// where strangers were left, there may be packages that are none of ours, with
// commands of their own.
func leadsSomewhere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// isOldBin says that an entry of .bin is of an installer's making: a link to
// a package beside it, or a shim.
func isOldBin(file string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink != 0 {
		text, err := os.Readlink(file)
		text = filepath.ToSlash(text)
		return err == nil && strings.HasPrefix(text, "../") && !strings.HasPrefix(text, "../../")
	}
	return e.Type().IsRegular() && isShim(file)
}

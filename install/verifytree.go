package install

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/install/virtual"
)

// linkedFolders lists the folders in the virtual store that the project leads
// to, and looks at the links to and between them. An optional package that the
// last install did without changes the keys of what depends on it, so it is left
// out here too.
func (v *verifier) linkedFolders(ctx context.Context) ([]folder, error) {
	if err := identify(ctx, v.o, v.sel); err != nil {
		return nil, err
	}
	old, err := readState(v.o.Root)
	if err != nil {
		return nil, err
	}
	for _, t := range slices.Clone(v.sel.targets) {
		if t.pkg.Optional && t.link == "" && old != nil && old.Packages[t.loc].Name == "" && !v.sel.gone[t.loc] {
			v.out.Absent = append(v.out.Absent, v.sel.drop(t, nil)...)
		}
	}
	v.sel.sweep()
	iso := isolate(v.o, v.sel)
	v.sel = iso.selection()
	for _, t := range v.sel.targets {
		v.checkLink(t)
	}
	var all []folder
	for _, e := range iso.reached() {
		for _, m := range e.Members {
			f, err := v.linkedFolder(iso, e, m)
			if err != nil {
				return nil, explain(err)
			}
			all = append(all, f)
		}
	}
	return all, nil
}

// reached are the entries that the direct links lead to, near and far.
func (iso *isolation) reached() []*virtual.Entry {
	seen := map[*virtual.Entry]bool{}
	var out []*virtual.Entry
	for _, i := range iso.roots {
		out = append(out, iso.layout.Entry(i))
	}
	for i := 0; i < len(out); i++ {
		if !seen[out[i]] {
			seen[out[i]] = true
			out = append(out, out[i].Needs...)
		}
	}
	clear(seen)
	return slices.DeleteFunc(out, func(e *virtual.Entry) bool {
		again := seen[e]
		seen[e] = true
		return again
	})
}

// linkedFolder is the folder of one package of an entry. The links beside it
// are looked at here, those inside with its files.
func (v *verifier) linkedFolder(iso *isolation, e *virtual.Entry, m virtual.Member) (folder, error) {
	t := iso.targets[m.Package]
	links, err := iso.layout.Links(e, m)
	if err != nil {
		return folder{}, err
	}
	f := folder{target: t, dir: iso.folder(m.Package), links: map[string]string{}}
	f.apart = func(path string) bool { _, is := f.links[path]; return is }
	beside := map[string]bool{iso.layout.Package(m.Package).Name: true}
	modulesDir := v.o.Virtual.Path(path.Join(e.Key, m.Dir, modules))
	for _, link := range links {
		if inside, ok := strings.CutPrefix(link.At, iso.layout.Package(m.Package).Name+"/"); ok {
			f.links[inside] = link.Text
			continue
		}
		beside[link.At] = true
		v.checkLinkText(t, "../"+link.At, filepath.Join(modulesDir, filepath.FromSlash(link.At)), link.Text)
	}
	return f, v.checkBeside(t, modulesDir, beside)
}

// checkBeside notes what stands beside a package of the virtual store that
// nobody put there.
func (v *verifier) checkBeside(t *target, dir string, wanted map[string]bool) error {
	return eachPackage(dir, func(name string) {
		if !wanted[name] {
			v.note(t, "../"+name, Extra, "")
		}
	})
}

// checkBases notes the packages in the project's node_modules folders that the
// lockfile does not have. Names that begin with a dot are others' (.cache,
// .vite), as for an install.
func (v *verifier) checkBases() error {
	wanted := map[string]bool{}
	for _, t := range slices.Concat(v.sel.targets, v.sel.bundled) {
		wanted[t.loc] = true
	}
	for _, base := range v.sel.bases {
		if outside(base) || !isOwnFolder(v.o.Root, base) {
			continue
		}
		dir := joinLoc(base, modules)
		info, err := os.Lstat(diskPath(v.o.Root, dir))
		if err != nil {
			continue // then what belongs there is missing
		}
		if !info.IsDir() {
			v.noteAt(dir, "", Changed, "is not a folder")
		}
		err = eachPackage(diskPath(v.o.Root, dir), func(name string) {
			if !wanted[dir+"/"+name] {
				v.noteAt(dir+"/"+name, "", Extra, "")
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eachPackage goes through a node_modules folder and its scopes.
func eachPackage(dir string, visit func(name string)) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		switch {
		case e.Name()[0] == '.':
		case e.Name()[0] != '@' || !e.IsDir():
			visit(e.Name())
		default:
			scoped, err := os.ReadDir(filepath.Join(dir, e.Name()))
			if err != nil {
				return err
			}
			for _, in := range scoped {
				visit(e.Name() + "/" + in.Name())
			}
		}
	}
	return err
}

// checkBins compares the commands with those that an install links.
func (v *verifier) checkBins() error {
	if v.o.NoBinLinks {
		return nil
	}
	a := newApplier(v.o, v.sel, nil, &plan{})
	for dir, bins := range a.binsByDir() {
		binDir := dir + "/.bin"
		wanted := map[string]bool{}
		for name, b := range bins {
			target := diskPath(v.o.Root, b.owner.loc+"/"+path.Clean(b.file))
			if !isFile(target) {
				continue // a package without the file that it promises
			}
			for _, file := range v.checkBin(binDir, name, target) {
				wanted[file] = true
			}
		}
		if err := v.checkStrangeBins(binDir, wanted); err != nil {
			return err
		}
	}
	return nil
}

// checkBin looks at one command and returns its files in the folder.
func (v *verifier) checkBin(binDir, name, target string) []string {
	dir := diskPath(v.o.Root, binDir)
	want, err := filepath.Rel(dir, target)
	if err != nil {
		return nil // what nothing in the folder could lead to
	}
	if !v.o.Shims {
		v.checkBinLink(binDir, name, want)
		return []string{name}
	}
	s := newShims(filepath.ToSlash(want), parseShebang(readHead(target)))
	files := []string{name, name + ".cmd", name + ".ps1"}
	for i, want := range []string{s.sh, s.cmd, s.ps1} {
		have, err := os.ReadFile(filepath.Join(dir, files[i]))
		switch {
		case err != nil:
			v.noteAt(binDir, files[i], Missing, "")
		case string(have) != want:
			v.noteAt(binDir, files[i], Changed, "another content")
		}
	}
	return files
}

func (v *verifier) checkBinLink(binDir, name, want string) {
	if problem, detail := compareLink(filepath.Join(diskPath(v.o.Root, binDir), name), want); problem != "" {
		v.noteAt(binDir, name, problem, detail)
	}
}

// checkStrangeBins notes the commands that no package of the lockfile has. In a
// folder outside of the project they may be others'.
func (v *verifier) checkStrangeBins(binDir string, wanted map[string]bool) error {
	if outside(binDir) {
		return nil
	}
	entries, err := os.ReadDir(diskPath(v.o.Root, binDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if !wanted[e.Name()] {
			v.noteAt(binDir, e.Name(), Extra, "")
		}
	}
	return err
}

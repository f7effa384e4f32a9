package packlist

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/ipnpm/ipnpm/tarball"
)

// Files lists what of a package's folder goes into its tarball:
// slash-separated paths relative to the folder, sorted. The errors are
// *[PatternError], *[LimitError], *[OutsideError], a *manifest.SyntaxError,
// and those of the file system.
func Files(dir string) ([]string, error) {
	l, _, err := collect(dir)
	if err != nil {
		return nil, fmt.Errorf("list the files of the package in %s: %w", dir, err)
	}
	return l.sorted(), nil
}

// collect lists the package in a folder with what it bundles.
func collect(dir string) (*list, *pkg, error) {
	l := &list{root: dir, files: map[string]bool{}}
	root, err := l.load("")
	if err != nil {
		return nil, nil, err
	}
	l.packageIsIgnoreFile = len(root.manifest.Workspaces) > 0
	w, err := l.top(root)
	if err != nil {
		return nil, nil, err
	}
	if w.rules[fromDefaults], err = parseRules(defaults); err != nil {
		return nil, nil, err
	}
	if err := w.readIgnoreFiles(); err != nil {
		return nil, nil, err
	}
	if err := w.walk(); err != nil {
		return nil, nil, err
	}
	l.packageIsIgnoreFile = false
	b := bundler{list: l, seen: map[string]bool{"": true}}
	return l, root, b.gather("", root.bundled())
}

// top is the walker of a package's own folder.
func (l *list) top(p *pkg) (*walker, error) {
	w := &walker{list: l, path: p.path}
	var err error
	if w.rules[fromPackage], err = l.filesRules(p); err != nil {
		return nil, err
	}
	w.rules[fromStrict], err = l.strictRules(p)
	return w, err
}

// walk lists a bundled package. Its ignore files were applied when it was
// packed itself, and are absent or not meant for this; those of a linked
// folder count.
func (l *list) walk(p *pkg, linked bool) error {
	w, err := l.top(p)
	if err != nil {
		return err
	}
	if linked {
		if w.rules[fromDefaults], err = parseRules(defaults); err != nil {
			return err
		}
		if err := w.readIgnoreFiles(); err != nil {
			return err
		}
	}
	return w.walk()
}

func (l *list) sorted() []string { return slices.Sorted(maps.Keys(l.files)) }

// Pack makes the tarball of the package in a folder as `npm pack` does: with
// [Files], the commands of bin executable, and no patchedDependencies in
// package.json. Equal files give equal bytes, whoever packs them. It runs no
// scripts.
func Pack(dir string) ([]byte, error) {
	l, root, err := collect(dir)
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", dir, err)
	}
	commands, err := l.commands(root)
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", dir, err)
	}
	var files []tarball.File
	left := tarball.DefaultLimits().Unpacked
	for _, path := range l.sorted() {
		f, err := l.read(path, left)
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", dir, err)
		}
		left -= int64(len(f.Data))
		if commands[path] {
			f.Mode |= 0o111
		}
		if path == "package.json" && root.fields.Patches != nil {
			f.Data = withoutPatches(f.Data)
		}
		files = append(files, f)
	}
	return tarball.Pack(files)
}

// read takes a file that was listed, unless it has become another thing.
func (l *list) read(path string, left int64) (tarball.File, error) {
	at := l.disk(path)
	info, err := os.Lstat(at)
	if err != nil {
		return tarball.File{}, err
	}
	if !info.Mode().IsRegular() {
		return tarball.File{}, &fs.PathError{Op: "pack", Path: at, Err: fs.ErrInvalid}
	}
	if info.Size() > left {
		return tarball.File{}, &LimitError{"bytes", tarball.DefaultLimits().Unpacked}
	}
	data, err := os.ReadFile(at)
	return tarball.File{Path: path, Mode: info.Mode(), Data: data}, err
}

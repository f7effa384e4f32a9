package packlist

import (
	"io/fs"
	"path/filepath"
	"strings"
)

// finder is one glob of "files" as npm's glob expands it on the disk.
type finder struct {
	glob glob
	// folders: only a folder can be meant.
	folders bool
}

// finders prepares globs for expanding. Unlike in rules, a "**" at the end
// stands for nothing as well: lib/** finds lib, and */** the folders.
func finders(globs []glob) []finder {
	var list []finder
	for _, g := range globs {
		last := g[len(g)-1]
		f := finder{folders: last.plain && last.text == "."}
		for _, p := range g {
			if !p.plain || p.text != "." && p.text != "" {
				f.glob = append(f.glob, p)
			}
		}
		list = append(list, f)
		if n := len(f.glob) - 1; n > 0 && f.glob[n].globstar() {
			list = append(list, finder{f.glob[:n], f.folders || !f.glob[n-1].plain})
		}
	}
	return list
}

// expand finds what the globs match below a folder. Links are not followed.
func (l *list) expand(dir string, globs []glob, found func(path string, folder bool)) error {
	root, list := l.disk(dir), finders(globs)
	seen := 0
	return filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, at)
		if err != nil || rel == "." {
			return err
		}
		if seen++; seen > maxFiles {
			return &LimitError{"files", maxFiles}
		}
		path := filepath.ToSlash(rel)
		matched, below := find(list, path, d.IsDir())
		if matched && (d.IsDir() || d.Type().IsRegular()) {
			found(path, d.IsDir())
		}
		// node_modules of the package itself is not packed in any case.
		if d.IsDir() && (!below || path == "node_modules") {
			return filepath.SkipDir
		}
		return nil
	})
}

// find says whether one of the globs matches a path, and whether one could
// match something below it.
func find(list []finder, path string, folder bool) (matched, below bool) {
	file := strings.Split(path, "/")
	for _, f := range list {
		exact := pathMatch{budget: maxSteps}
		partial := pathMatch{partial: true, budget: maxSteps}
		matched = matched || (folder || !f.folders) && exact.match(f.glob, file)
		below = below || folder && partial.match(f.glob, file)
	}
	return matched, below
}

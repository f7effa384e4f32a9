package packlist

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// walker lists one folder. The lists of rules count in the order of origins;
// in each the last rule that matches decides.
type walker struct {
	list   *list
	parent *walker
	// path is slash-separated and relative to the package that is packed, ""
	// for its own folder; name is its last part.
	path, name string
	rules      [origins][]rule
	// exact: the rules above take the folder itself, and not only on account
	// of something that may be below it, so its own may take what they leave.
	exact bool
}

// origins of rules.
const (
	fromDefaults = iota
	fromPackage  // "files", or the text of a package.json below a workspace root
	fromNPMIgnore
	fromGitIgnore
	fromStrict // what nothing overrides
	origins
)

// list is what one packing collects.
type list struct {
	root  string
	files map[string]bool
	// packageIsIgnoreFile: npm reads the package.json of the folders below a
	// workspace root as if it were an ignore file.
	packageIsIgnoreFile bool
}

func (l *list) disk(path string) string { return filepath.Join(l.root, filepath.FromSlash(path)) }

// maxFiles and maxIgnoreFile bound what a folder may make of us.
const (
	maxFiles      = 500_000
	maxIgnoreFile = 4 << 20
	maxDepth      = 200
)

// LimitError refuses a folder that is too large to be packed.
type LimitError struct {
	What string
	Max  int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the package exceeds the limit of %d %s", e.Max, e.What)
}

// defaults are what no package wants to publish. They apply in every folder.
const defaults = `.npmignore
.gitignore
**/.git
**/.svn
**/.hg
**/CVS
**/.git/**
**/.svn/**
**/.hg/**
**/CVS/**
/.lock-wscript
/.wafpickle-*
/build/config.gypi
npm-debug.log
**/.npmrc
.*.swp
.DS_Store
**/.DS_Store/**
._*
**/._*/**
*.orig
/archived-packages/**
`

// walk lists the folder and those below it.
func (w *walker) walk() error {
	entries, err := os.ReadDir(w.list.disk(w.path))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := w.entry(e); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) entry(e fs.DirEntry) error {
	name := e.Name()
	if strings.Contains(name, "*") { // no name on Windows
		return nil
	}
	file, folder := w.takes(name, "", false), w.takes(name, "", true)
	switch {
	case e.IsDir() && folder:
		return w.child(name, file || w.takes(name+"/", "", false))
	case e.Type().IsRegular() && file:
		w.list.files[joined(w.path, name)] = true
		if len(w.list.files) > maxFiles {
			return &LimitError{"files", maxFiles}
		}
	}
	return nil
}

// child lists a folder of this one.
func (w *walker) child(name string, exact bool) error {
	c := &walker{list: w.list, parent: w, path: joined(w.path, name), name: name, exact: exact}
	if strings.Count(c.path, "/") > maxDepth {
		return &LimitError{"nested folders", maxDepth}
	}
	var err error
	if c.rules[fromDefaults], err = parseRules(defaults); err != nil {
		return err
	}
	if c.rules[fromStrict], err = parseRules("/.git"); err != nil {
		return err
	}
	if w.list.packageIsIgnoreFile {
		if err := c.read(fromPackage, "package.json"); err != nil {
			return err
		}
	}
	if err := c.readIgnoreFiles(); err != nil {
		return err
	}
	return c.walk()
}

// readIgnoreFiles reads .npmignore or else .gitignore, unless "files" stands
// in their place.
func (w *walker) readIgnoreFiles() error {
	if w.rules[fromPackage] != nil {
		return nil
	}
	if err := w.read(fromNPMIgnore, ".npmignore"); err != nil || w.rules[fromNPMIgnore] != nil {
		return err
	}
	return w.read(fromGitIgnore, ".gitignore")
}

// read takes an ignore file's rules; one without rules is one all the same.
// A link is not followed: it may lead anywhere.
func (w *walker) read(origin int, name string) error {
	at := w.list.disk(joined(w.path, name))
	info, err := os.Lstat(at)
	if err != nil || !info.Mode().IsRegular() {
		return nil //nolint:nilerr // there is none
	}
	if info.Size() > maxIgnoreFile {
		return &LimitError{"bytes of " + name, maxIgnoreFile}
	}
	text, err := os.ReadFile(at)
	if err != nil {
		return err
	}
	rules, err := parseRules(strings.ToValidUTF8(string(text), "\uFFFD"))
	if err != nil {
		return fmt.Errorf("%s: %w", joined(w.path, name), err)
	}
	w.rules[origin] = append([]rule{}, rules...)
	return nil
}

// takes says whether an entry of this folder, or of one below it, is taken.
// base is its own name where path is longer; folder asks whether it is worth
// looking into, were it one.
func (w *walker) takes(path, base string, folder bool) bool {
	in := true
	if w.parent != nil {
		above := base
		if above == "" {
			above = path
		}
		in = w.parent.takes(w.name+"/"+path, above, folder)
		if !in && !w.exact {
			return false
		}
	}
	for _, rules := range w.rules {
		for _, r := range rules {
			if r.negated != in && r.applies(path, base, folder) {
				in = r.negated
			}
		}
	}
	return in
}

func joined(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

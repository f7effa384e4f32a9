package tarball

import (
	"path"
	"strings"
)

// safePath turns an entry's name into the path relative to the package's
// folder: the first component dropped whatever it is called, blank and "."
// components removed. An empty result is an entry that unpacks to nothing.
// Bytes that are not UTF-8 become U+FFFD. Names that could lead out of the
// folder are a *PathError.
func safePath(name string, limits Limits) (string, error) {
	if len(name) > limits.Path {
		return "", &LimitError{"path length", int64(limits.Path)}
	}
	if err := checkPath(name); err != nil {
		return "", err
	}
	// As Node reads it, and so that a path can stand in JSON.
	name = strings.ToValidUTF8(name, "\uFFFD")
	_, rest, ok := strings.Cut(name, "/")
	if !ok || rest == "" {
		return "", nil
	}
	// Most names are clean; path.Clean finds that without allocating.
	rest = path.Clean(rest)
	if rest[0] == '/' {
		rest = rest[1:]
	}
	if rest == "." {
		return "", nil
	}
	if drive(rest) {
		return "", &PathError{Path: name, Msg: "has a drive letter"}
	}
	return rest, nil
}

// checkPath refuses absolute names and "..", reading a backslash as a
// separator as well: it is one on Windows, and elsewhere only an attack would
// make a difference. (A harmless backslash stays a part of the name, as with
// npm.)
func checkPath(name string) error {
	if name == "" {
		return &PathError{Path: name, Msg: "is no name"}
	}
	if name[0] == '/' || name[0] == '\\' || drive(name) {
		return &PathError{Path: name, Msg: "is an absolute path"}
	}
	if !strings.Contains(name, "..") {
		return nil
	}
	for part := range strings.FieldsFuncSeq(name, isSeparator) {
		if part == ".." {
			return &PathError{Path: name, Msg: "leads out of the package by \"..\""}
		}
	}
	return nil
}

func isSeparator(r rune) bool { return r == '/' || r == '\\' }

// drive says whether the name begins with a Windows drive letter.
func drive(name string) bool {
	if len(name) < 2 || name[1] != ':' {
		return false
	}
	c := name[0] | 0x20
	return c >= 'a' && c <= 'z'
}

// names remembers which paths an archive has used, and for what.
type names struct {
	// seen is keyed by the path in lower case.
	seen map[string]seenName
	// dir is the last parent folder found good; entries of one folder tend
	// to follow one another.
	dir string
}

type seenName struct {
	path string
	// file is the index of the file among the extracted entries, or isDir.
	file int
}

// isDir marks a folder among names.
const isDir = -1

func newNames() *names {
	return &names{seen: make(map[string]seenName, 64)}
}

// add registers the file that would be number n. It returns n, or the number
// of the earlier file of exactly this path, which the new one replaces, and
// the parent folders that were not known before, outermost first.
func (ns *names) add(p string, n int) (number int, newDirs []string, err error) {
	if newDirs, err = ns.addDirs(parent(p)); err != nil {
		return 0, nil, err
	}
	key := strings.ToLower(p)
	old, ok := ns.seen[key]
	switch {
	case !ok:
		ns.seen[key] = seenName{p, n}
		return n, newDirs, nil
	case old.file == isDir:
		return 0, nil, &PathError{Path: p, Other: old.path, Msg: "are a file and a folder of one name"}
	case old.path != p:
		return 0, nil, &PathError{Path: p, Other: old.path, Msg: "differ only in case"}
	}
	return old.file, newDirs, nil
}

// addDirs registers a folder and those above it.
func (ns *names) addDirs(dir string) (added []string, err error) {
	if dir == ns.dir {
		return nil, nil
	}
	for end := 0; end < len(dir); {
		if i := strings.IndexByte(dir[end+1:], '/'); i >= 0 {
			end += 1 + i
		} else {
			end = len(dir)
		}
		fresh, err := ns.addDir(dir[:end])
		if err != nil {
			return nil, err
		}
		if fresh {
			added = append(added, dir[:end])
		}
	}
	ns.dir = dir
	return added, nil
}

func (ns *names) addDir(dir string) (fresh bool, err error) {
	key := strings.ToLower(dir)
	old, ok := ns.seen[key]
	switch {
	case !ok:
		ns.seen[key] = seenName{dir, isDir}
		return true, nil
	case old.file != isDir:
		return false, &PathError{Path: dir, Other: old.path, Msg: "are a folder and a file of one name"}
	case old.path != dir:
		return false, &PathError{Path: dir, Other: old.path, Msg: "differ only in case"}
	}
	return false, nil
}

// parent is the folder of a relative path, "" for the top.
func parent(p string) string {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i]
	}
	return ""
}

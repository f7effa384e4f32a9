package install

import (
	"cmp"
	"path"
	"strings"
)

// modules is the name of the folder that packages are installed in.
const modules = "node_modules"

// place is a location of the lockfile, checked and taken apart.
type place struct {
	// loc is the lockfile's key: "packages/x/node_modules/@s/b".
	loc string
	// base is the part before the first node_modules: "packages/x", "" for
	// the project itself, "../lib" for a linked folder outside.
	base string
	// dir is the node_modules folder it is in: "packages/x/node_modules".
	dir string
	// parent is the package whose node_modules it is in: "packages/x" or
	// "node_modules/a".
	parent string
	// name is the last part, with its scope: "@s/b".
	name string
	// depth counts the node_modules in loc.
	depth int
}

// parsePlace takes the location of an installed package apart, and refuses
// what is not one. inModules is false for a location that is not in a
// node_modules folder: the root, a workspace, or another link's target.
func parsePlace(loc string) (p place, inModules bool, err error) {
	if problem := pathProblem(loc); problem != "" {
		return place{}, false, &LocationError{loc, problem}
	}
	at, inModules := modulesIn(loc)
	p = place{loc: loc, base: strings.TrimSuffix(loc[:at], "/")}
	if isInGit(p.base) {
		return place{}, false, &LocationError{loc, "it is in a .git folder"}
	}
	// The parts are pieces of the location, so that a thousand of them cost no memory.
	for at < len(loc) {
		length, problem := nestedLength(loc[at:])
		if problem != "" {
			return place{}, false, &LocationError{loc, problem}
		}
		p.depth++
		p.parent, p.dir = strings.TrimSuffix(loc[:at], "/"), loc[:at+len(modules)]
		p.name = loc[at+len(modules)+1 : at+length]
		at += length + len("/")
	}
	return p, inModules, nil
}

// modulesIn is where the first part of a path that is node_modules begins, or else
// its end.
func modulesIn(loc string) (at int, found bool) {
	for part := range strings.SplitSeq(loc, "/") {
		if part == modules {
			return at, true
		}
		at += len(part) + len("/")
	}
	return len(loc), false
}

// nestedLength checks that a path begins with node_modules and a package's name, and
// returns how many bytes of it that is.
func nestedLength(path string) (n int, problem string) {
	first, rest, named := strings.Cut(path, "/")
	if first != modules {
		return 0, "a package's folder holds something other than node_modules"
	}
	name, rest, more := strings.Cut(rest, "/")
	n = len(first) + len("/") + len(name)
	if strings.HasPrefix(name, "@") {
		base, _, _ := strings.Cut(rest, "/")
		n += len("/") + len(base)
		if named = more; named {
			problem = nameProblem(base)
		}
	}
	if !named {
		return 0, "it ends before the name of a package"
	}
	return n, cmp.Or(nameProblem(name), problem)
}

// nameProblem says why a package's name cannot have a part.
func nameProblem(part string) string {
	switch {
	case part == modules || part == "@":
		return "it has a name that no package can have"
	case part[0] == '.':
		return "a package's name cannot begin with a dot"
	}
	return ""
}

// pathProblem says what makes a slash path of the lockfile unfit as a path on
// some system.
func pathProblem(loc string) string {
	switch {
	case strings.ContainsAny(loc, "\\\x00:"):
		return "it holds a backslash, a colon or a NUL"
	case strings.HasPrefix(loc, "/"):
		return "it is absolute"
	case loc != "" && path.Clean(loc) != loc:
		return "it is not in its shortest form"
	case len(loc) > 4000:
		return "it is too long"
	}
	return ""
}

// isInGit says that a project folder is the version control's. Leading ".." are left to
// the caller, who knows the links.
func isInGit(base string) bool { return strings.Contains("/"+base+"/", "/.git/") }

// outside says whether a project folder's location leaves the project.
func outside(base string) bool {
	return base == ".." || strings.HasPrefix(base, "../")
}

func joinLoc(a, b string) string {
	if a == "" {
		return b
	}
	return a + "/" + b
}

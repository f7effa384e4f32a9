package install

import (
	"path"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
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
	parts := strings.Split(loc, "/")
	first := indexOf(parts, modules)
	if first < 0 {
		return place{loc: loc, base: loc}, false, basePartsError(loc, parts)
	}
	if err := basePartsError(loc, parts[:first]); err != nil {
		return place{}, false, err
	}
	p = place{loc: loc, base: strings.Join(parts[:first], "/")}
	p.parent = p.base
	for rest := parts[first:]; ; {
		n, problem := nameParts(rest)
		if problem != "" {
			return place{}, false, &LocationError{loc, problem}
		}
		p.depth++
		p.name = strings.Join(rest[1:n], "/")
		p.dir = joinLoc(p.parent, modules)
		if rest = rest[n:]; len(rest) == 0 {
			return p, true, nil
		}
		p.parent = joinLoc(p.dir, p.name)
	}
}

// nameParts checks that parts begin with node_modules and a package's name,
// and returns how many of them that is.
func nameParts(parts []string) (n int, problem string) {
	if parts[0] != modules {
		return 0, "a package's folder holds something other than node_modules"
	}
	n = 2
	if len(parts) > 1 && strings.HasPrefix(parts[1], "@") {
		n = 3
	}
	if len(parts) < n {
		return 0, "it ends before the name of a package"
	}
	for _, part := range parts[1:n] {
		switch {
		case part == modules || part == "@":
			return 0, "it has a name that no package can have"
		case part[0] == '.':
			return 0, "a package's name cannot begin with a dot"
		}
	}
	return n, ""
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

// basePartsError refuses project folders that are the version control's.
// Leading ".." are left to the caller, who knows the links.
func basePartsError(loc string, parts []string) error {
	for _, part := range parts {
		if part == ".git" {
			return &LocationError{loc, "it is in a .git folder"}
		}
	}
	return nil
}

// outside says whether a project folder's location leaves the project.
func outside(base string) bool {
	return base == ".." || strings.HasPrefix(base, "../")
}

// packageName is the name that the package at a location was published under.
func packageName(loc string, pkg *lockfile.Package) string {
	if pkg.Name != "" {
		return pkg.Name
	}
	if i := strings.LastIndex(loc, modules+"/"); i >= 0 {
		return loc[i+len(modules)+1:]
	}
	return path.Base(loc)
}

func joinLoc(a, b string) string {
	if a == "" {
		return b
	}
	return a + "/" + b
}

func indexOf(parts []string, want string) int {
	for i, part := range parts {
		if part == want {
			return i
		}
	}
	return -1
}

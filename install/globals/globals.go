// Package globals is the place of global packages, which belong to no project:
// where npm has it, and what lies there.
//
// A prefix has the packages in lib/node_modules and their commands in bin, on
// Windows in node_modules and in the prefix itself. The place is npm's as much as
// ours: npm is a package there, what npm installs with -g lies beside what we
// install, and npm's own commands read and change ours. So what is there is read
// from the folders, each time.
//
// What npm does not keep of global packages, we do: what was asked for, which
// install scripts are approved, and a lockfile with the CIDs. These are the two
// files that a project has, in a folder that npm passes over ([Folder.Records]).
// They speak of what we put there, as far as it is there still: a package that
// npm has replaced or removed since is not ours any more ([Folder.Owns]).
package globals

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// Folder is a place of global packages.
type Folder struct {
	// Prefix is npm's configuration key.
	Prefix string
	// Root is the folder whose node_modules has the packages, Bins the one that
	// has their commands.
	Root, Bins string
}

// Under is the place that npm has under a prefix.
func Under(prefix string, windows bool) Folder {
	if windows {
		return Folder{Prefix: prefix, Root: prefix, Bins: prefix}
	}
	return Folder{Prefix: prefix, Root: filepath.Join(prefix, "lib"), Bins: filepath.Join(prefix, "bin")}
}

// Modules has the packages.
func (f Folder) Modules() string { return filepath.Join(f.Root, "node_modules") }

// Records has the package.json and the lockfile of what we put there.
func (f Folder) Records() string { return filepath.Join(f.Modules(), ".ipnpm-global") }

// Dir is where a package is, or would be.
func (f Folder) Dir(name string) string {
	return filepath.Join(f.Modules(), filepath.FromSlash(name))
}

// Package is what lies there under a name.
type Package struct {
	// Name is that of the folder, which an alias makes another than the
	// package's own.
	Name, Version string
	// Link is the folder that it is a link to, absolute; "" for a package.
	Link string
}

// Packages lists what is there, by name. Nothing is no error.
func (f Folder) Packages() ([]Package, error) {
	var out []Package
	names, err := shelf(f.Modules(), "")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if p, ok := f.Package(name); ok {
			out = append(out, p)
		}
	}
	return out, nil
}

// shelf lists the names in a node_modules, or in a scope there.
func shelf(dir, scope string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if name[0] == '@' && scope == "" && e.IsDir() {
			scoped, err := shelf(filepath.Join(dir, name), name+"/")
			if err != nil {
				return nil, err
			}
			names = append(names, scoped...)
		} else if manifest.ValidateName(scope+name) == nil {
			names = append(names, scope+name)
		}
	}
	return names, err
}

// Package is what lies there under one name; false for nothing.
func (f Folder) Package(name string) (Package, bool) {
	dir := f.Dir(name)
	info, err := os.Lstat(dir)
	if err != nil {
		return Package{}, false
	}
	p := Package{Name: name}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		if p.Link, err = os.Readlink(dir); err != nil {
			return p, false
		}
		if !filepath.IsAbs(p.Link) {
			p.Link = filepath.Join(filepath.Dir(dir), p.Link)
		}
	case !info.IsDir():
		return p, false
	}
	p.Version = version(dir)
	return p, true
}

// version is what a package says of itself, "" where it says nothing.
func version(dir string) string {
	data, err := manifest.ReadFolder(dir)
	if err != nil {
		return ""
	}
	var is struct{ Version manifest.Text }
	_ = json.Unmarshal(data, &is) // a half-readable file gives what could be read
	return strings.TrimPrefix(string(is.Version), "v")
}

// Owns says that what lies there under a name is what the lockfile says that we
// put there.
func (f Folder) Owns(lock *lockfile.Lockfile, name string) bool {
	locked := lock.Packages["node_modules/"+name]
	p, there := f.Package(name)
	return there && locked != nil && p.Link == "" && p.Version == locked.Version
}

// Forget takes a package out of a lockfile, with all that is nested in it.
func Forget(lock *lockfile.Lockfile, name string) {
	at := "node_modules/" + name
	for location := range lock.Packages {
		if location == at || strings.HasPrefix(location, at+"/") {
			delete(lock.Packages, location)
		}
	}
	if root := lock.Packages[""]; root != nil {
		delete(root.Dependencies, name)
	}
}

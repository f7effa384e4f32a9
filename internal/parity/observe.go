package parity

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// outcome is what can be seen after a command, in facets that are compared
// one by one: what is looked at → where → what is there.
type outcome map[string]map[string]string

func (o outcome) set(facet, where, what string) {
	if o[facet] == nil {
		o[facet] = make(map[string]string)
	}
	o[facet][where] = what
}

// The facets.
const (
	facetExit    = "exit"
	facetSaved   = "package.json"
	facetFolders = "node_modules"
	facetBins    = ".bin"
	facetLock    = "lockfile"
	facetLs      = "ls"
	facetQuery   = "query"
)

// look walks a project: the package.json files outside of node_modules, and
// all that is installed.
func (o outcome) look(dir string) error {
	return filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		where := filepath.ToSlash(rel)
		switch {
		case entry.IsDir() && entry.Name() == "node_modules":
			if err := o.installed(dir, where); err != nil {
				return err
			}
			return fs.SkipDir
		case entry.Name() == "package.json":
			text, err := os.ReadFile(file)
			o.set(facetSaved, where, string(text))
			return err
		}
		return nil
	})
}

// installed looks at one node_modules and at those below it.
func (o outcome) installed(dir, folder string) error {
	entries, err := os.ReadDir(filepath.Join(dir, folder))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name, where := entry.Name(), folder+"/"+entry.Name()
		switch {
		case name == ".bin":
			err = o.bins(dir, where)
		case strings.HasPrefix(name, "."): // notes of the installers to themselves
		case entry.IsDir() && name[0] == '@':
			err = o.installed(dir, where)
		default:
			err = o.installedPackage(dir, where)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (o outcome) installedPackage(dir, where string) error {
	path := filepath.Join(dir, where)
	if target, err := os.Readlink(path); err == nil {
		o.set(facetFolders, where, "-> "+target)
		return nil
	}
	var m struct{ Name, Version string }
	text, err := os.ReadFile(filepath.Join(path, "package.json"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		o.set(facetFolders, where, "no package.json")
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(text, &m); err != nil {
			m.Name = err.Error()
		}
		o.set(facetFolders, where, m.Name+"@"+m.Version)
	}
	if info, err := os.Stat(filepath.Join(path, "node_modules")); err == nil && info.IsDir() {
		return o.installed(dir, where+"/node_modules")
	}
	return nil
}

func (o outcome) bins(dir, where string) error {
	entries, err := os.ReadDir(filepath.Join(dir, where))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		target, err := os.Readlink(filepath.Join(dir, where, entry.Name()))
		if err != nil {
			target = "no link"
		}
		o.set(facetBins, where+"/"+entry.Name(), target)
	}
	return nil
}

// lockfileEntry is what package-lock.json and ipnpm-lock.json both say of a
// location, as far as it is compared.
type lockfileEntry struct {
	Name, Version, Resolved                                      string
	Link, Dev, Optional, DevOptional, Peer, InBundle, Extraneous bool
}

func (e lockfileEntry) String() string {
	var text strings.Builder
	text.WriteString(e.Name + "@" + e.Version)
	for _, flag := range [...]struct {
		name string
		set  bool
	}{
		{"link", e.Link},
		{"dev", e.Dev},
		{"optional", e.Optional},
		{"devOptional", e.DevOptional},
		{"peer", e.Peer},
		{"inBundle", e.InBundle},
		{"extraneous", e.Extraneous},
	} {
		if flag.set {
			text.WriteString(" " + flag.name)
		}
	}
	if e.Link {
		text.WriteString(" -> " + e.Resolved)
	}
	return text.String()
}

// lockfile reads a lockfile, if it is there.
func (o outcome) lockfile(file string) error {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var lock struct{ Packages map[string]lockfileEntry }
	if err := json.Unmarshal(data, &lock); err != nil {
		return err
	}
	for where, entry := range lock.Packages {
		o.set(facetLock, "/"+where, entry.String())
	}
	return nil
}

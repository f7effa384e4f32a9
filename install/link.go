package install

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/ipnpm/ipnpm/lockfile"
)

// Link puts a link to a folder into the root's node_modules, under a name and in
// the place of whatever has it there, and links the folder's commands, as npm link
// does. Nothing else changes, in either layout: neither what the folder depends on,
// which is its own affair, nor the record of the tree. So the next install that has
// something to do puts back what the lockfile says; among global packages, which
// nobody puts back, the link stays.
//
// The package is what the folder's package.json says.
func Link(ctx context.Context, o Options, name, folder string, pkg *lockfile.Package) error {
	o = o.withDefaults()
	at, _, err := parsePlace(joinLoc(modules, name))
	if err != nil {
		return err
	}
	to, err := filepath.Rel(o.Root, folder)
	if err != nil {
		return err
	}
	t := &target{place: at, pkg: &lockfile.Package{Name: name, Link: true}, link: filepath.ToSlash(to)}
	t.pkg.Resolved = t.link
	sel := &selection{
		lock:    &lockfile.Lockfile{Packages: map[string]*lockfile.Package{at.loc: t.pkg, t.link: pkg}},
		targets: []*target{t}, byLoc: map[string]*target{at.loc: t},
	}
	unlock, err := lockProject(ctx, o)
	if err != nil {
		return err
	}
	defer unlock()
	p := &plan{add: []*target{t}, before: map[string]installed{}}
	a := newApplier(o, sel, nil, p)
	if err := a.checkBins(); err != nil {
		return err
	}
	if err := a.link(t); err != nil {
		return errors.Join(&PackageError{t.loc, name, pkg.Version, "linking", explain(err)}, a.trash.restore())
	}
	a.trash.empty()
	return nil
}

// link replaces what is in the target's place by the link, and its commands.
func (a *applier) link(t *target) error {
	if _, err := a.trash.take(t.loc); err != nil {
		return err
	}
	a.trash.made = append(a.trash.made, diskPath(a.o.Root, t.loc))
	if err := placeLink(a.o.Root, t); err != nil || a.o.NoBinLinks {
		return err
	}
	wanted := map[string]bin{}
	for name, file := range a.binsOf(t) {
		wanted[name] = bin{name: name, owner: t, file: file}
	}
	dir := a.o.binFolder(modules)
	if err := a.pruneTouched(dir, wanted); err != nil {
		return err
	}
	for _, b := range wanted {
		if err := a.linkBin(dir, b); err != nil {
			return err
		}
	}
	return nil
}

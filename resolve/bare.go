package resolve

import (
	"context"
	"errors"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// A package-lock.json of npm 6 says where each version lies, and little else of
// it. npm 7 and newer keep the places and ask the registry for the rest, and so
// does this.

// askForBare asks the index for the documents of all packages of a bare lock,
// which loading it needs.
func (b *builder) askForBare(ctx context.Context) error {
	seen := make(map[string]bool)
	var names []string
	for location, entry := range b.request.Lock.Packages {
		name := entry.NameAt(location)
		if !seen[name] && entry.Resolved == "" && !entry.Link && !entry.InBundle && location != "" {
			seen[name] = true
			names = append(names, name)
		}
	}
	b.askFor(ctx, names)
	return ctx.Err()
}

// pkg is the package of a lock's entry; nil for one of a bare lock that is not
// to be had any more, whose dependents are then resolved anew.
func (l *lockLoader) pkg(ctx context.Context, name string, entry *lockfile.Package) (*pkg, error) {
	source := l.b.source
	if l.tellsAll(entry) {
		return source.lockedPkg(name, entry), nil
	}
	if entry.Resolved != "" {
		return l.bareLocal(ctx, name, entry)
	}
	pin := &lockfile.Pin{Name: name, Version: entry.Version, Integrity: entry.Integrity}
	p := source.fromRegistry(ctx, name, newPinned(name, pin).exact)
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	if _, alarm := errors.AsType[*registry.DigestError](p.failed); alarm {
		return nil, p.failed
	}
	if p.failed != nil {
		return nil, nil //nolint:nilerr // the dependents ask again, and are told
	}
	return p, nil
}

// tellsAll says that an entry has all that there is to know of its package.
func (l *lockLoader) tellsAll(entry *lockfile.Package) bool {
	if l.b.options.InstallLinks && isUnpinnedFolder(entry) {
		return false
	}
	return !l.b.request.Lock.Bare || entry.InBundle
}

// bareLocal is what came from a file, a URL or a repository.
func (l *lockLoader) bareLocal(ctx context.Context, name string, entry *lockfile.Package) (*pkg, error) {
	spec, err := manifest.ParseSpec(name, entry.Resolved)
	if err != nil || l.b.request.Local == nil {
		return nil, nil //nolint:nilerr // the package.json tells what is wrong with it
	}
	local, err := l.b.readLocal(ctx, "", spec, isUnpinnedFolder(entry))
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, nil //nolint:nilerr // as above
	}
	return l.b.source.localPkg(local), nil
}

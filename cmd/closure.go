package cmd

import (
	"fmt"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/internal/par"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
)

// closeLock computes a lockfile's closure in the background, while what does not
// ask for it goes on: all but the lockfile's writing and the fetching. It returns
// what waits for it.
func closeLock(lock *lockfile.Lockfile) (wait func() error) {
	return par.Ahead(func() (err error) {
		lock.Closure, err = closure(lock)
		return err
	})
}

// encodeLock encodes a lockfile in the background once it has its closure, and
// returns what waits for that. Nothing may change the lockfile meanwhile.
func encodeLock(lock *lockfile.Lockfile, closed func() error) (wait func() ([]byte, error)) {
	var data []byte
	encoded := par.Ahead(func() (err error) {
		if err = closed(); err != nil {
			return err
		}
		if data, err = lock.Encode(); err != nil {
			return fmt.Errorf("%s: %w", lockfile.FileName, err)
		}
		return nil
	})
	return func() ([]byte, error) {
		err := encoded()
		return data, err
	}
}

// closure computes the one CID of all tarballs of a lockfile; empty when one
// of them has none.
func closure(lock *lockfile.Lockfile) (string, error) {
	type version struct{ name, version string }
	seen := make(map[version]bool, len(lock.Packages))
	refs := make([]registry.TarballRef, 0, len(lock.Packages))
	for _, location := range lock.Locations() {
		pkg := lock.Packages[location]
		if !ofRegistry(location, pkg) {
			continue
		}
		if pkg.CID == "" {
			return "", nil
		}
		name := packageName(location, pkg)
		v := version{name, pkg.Version}
		if seen[v] {
			continue
		}
		seen[v] = true
		c, err := cid.Decode(pkg.CID)
		if err != nil {
			return "", fmt.Errorf("%s: %w", location, err)
		}
		refs = append(refs, registry.TarballRef{Name: name, Version: pkg.Version, CID: c, Size: pkg.Size})
	}
	root, _, err := registry.Closure(refs)
	if err != nil || !root.Defined() {
		return "", err
	}
	return root.String(), nil
}

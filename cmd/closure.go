package cmd

import (
	"fmt"
	"sync"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
)

// closeLock computes a lockfile's closure in the background, while what does not
// ask for it goes on: all but the lockfile's writing and the fetching. It returns
// what waits for it.
func closeLock(lock *lockfile.Lockfile) (wait func() error) {
	wait = sync.OnceValue(func() (err error) {
		lock.Closure, err = closure(lock)
		return err
	})
	go wait() //nolint:errcheck // whoever waits has the error
	return wait
}

// encodeLock encodes a lockfile in the background once it has its closure, and
// returns what waits for that. Nothing may change the lockfile meanwhile.
func encodeLock(lock *lockfile.Lockfile, closed func() error) (wait func() ([]byte, error)) {
	wait = sync.OnceValues(func() ([]byte, error) {
		if err := closed(); err != nil {
			return nil, err
		}
		data, err := lock.Encode()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", lockfile.FileName, err)
		}
		return data, nil
	})
	go wait() //nolint:errcheck // whoever waits has the error
	return wait
}

// closure computes the one CID of all tarballs of a lockfile; empty when one
// of them has none.
func closure(lock *lockfile.Lockfile) (string, error) {
	files := make(map[string]registry.TarballRef, len(lock.Packages))
	for location, pkg := range lock.Packages {
		if !ofRegistry(location, pkg) {
			continue
		}
		if pkg.CID == "" {
			return "", nil
		}
		c, err := cid.Decode(pkg.CID)
		if err != nil {
			return "", fmt.Errorf("%s: %w", location, err)
		}
		name := packageName(location, pkg)
		files[name+"@"+pkg.Version] = registry.TarballRef{Name: name, Version: pkg.Version, CID: c, Size: pkg.Size}
	}
	refs := make([]registry.TarballRef, 0, len(files))
	for _, f := range files {
		refs = append(refs, f)
	}
	root, _, err := registry.Closure(refs)
	if err != nil || !root.Defined() {
		return "", err
	}
	return root.String(), nil
}

package install

import (
	"context"
	"os"

	"github.com/ipnpm/ipnpm/install/virtual"
)

// VerifyVirtual compares the files of every entry of a virtual store with
// their listings, as [Unpacked.Verify] does, and looks whether all links lead
// somewhere. The keys of damaged entries are to be removed; the next install
// that needs them makes them anew.
func VerifyVirtual(ctx context.Context, store *virtual.Store) ([]Damage, error) {
	keys, err := store.Keys()
	if err != nil {
		return nil, err
	}
	var found []Damage
	for _, key := range keys {
		if ctx.Err() != nil {
			return found, context.Cause(ctx)
		}
		damage, err := verifyEntry(store, key)
		if err != nil {
			return found, err
		}
		found = append(found, damage...)
	}
	return found, nil
}

func verifyEntry(store *virtual.Store, key string) ([]Damage, error) {
	members, err := store.Listed(key)
	if err != nil {
		return []Damage{{key, "", "missing"}}, nil //nolint:nilerr // that is the damage
	}
	var found []Damage
	for listing, dir := range members {
		data, err := os.ReadFile(listing)
		if err != nil {
			found = append(found, Damage{key, listingName, "missing"})
			continue
		}
		c, err := decodeContents(data)
		if err != nil {
			found = append(found, Damage{key, listingName, "damaged"})
			continue
		}
		damage, err := damageOf(key, c.asTree(dir), listing)
		if err != nil {
			return nil, err
		}
		found = append(found, damage...)
	}
	dangling, err := store.Dangling(key)
	for _, link := range dangling {
		found = append(found, Damage{key, link, "missing"})
	}
	return found, err
}

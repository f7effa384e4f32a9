package install

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/install/virtual"
	"github.com/ipnpm/ipnpm/internal/dirat"
)

// VerifyVirtual compares the files of every entry of a virtual store with
// their listings, as [Unpacked.Verify] does, and looks whether all links lead
// somewhere. Paths are those below the entry, "node_modules/a/index.js", since a
// key does not tell whose it is. The keys of damaged entries are to be removed; the
// next install that needs them makes them anew.
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
	below := func(path string) string {
		return filepath.ToSlash(strings.TrimPrefix(path, store.Path(key)+string(filepath.Separator)))
	}
	var found []Damage
	for listing, dir := range members {
		data, stat, err := dirat.ReadFile(listing, maxListing)
		if err != nil {
			found = append(found, Damage{key, below(listing), "missing"})
			continue
		}
		c, err := decodeContents(data)
		if err != nil {
			found = append(found, Damage{key, below(listing), "damaged"})
			continue
		}
		c = c.asTree(dir)
		c.listed = stat.Modified
		damage, err := damageOf(key, c)
		if err != nil {
			return nil, err
		}
		for _, d := range damage {
			found = append(found, Damage{key, below(filepath.Join(dir, filepath.FromSlash(d.Path))), d.Problem})
		}
	}
	dangling, err := store.Dangling(key)
	for _, link := range dangling {
		found = append(found, Damage{key, below(link), "missing"})
	}
	return found, err
}

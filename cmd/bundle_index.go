package cmd

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/bundle"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
)

// addIndexes puts into a bundle what is needed to resolve its packages anew: of
// each registry the record, and the part of the index that leads to them. An npm
// registry has no index; it gets one of the versions that are in the bundle.
func (s *session) addIndexes(ctx context.Context, lock *lockfile.Lockfile, locations []string, c *bundle.Contents) error {
	noting := &notingBlocks{from: s.store, noted: map[cid.Cid]int{}}
	c.Manifest.Registries = map[string]bundle.Registry{}
	own := byRegistry(lock, locations)
	for _, key := range s.keysToCarry(own) {
		r, err := s.registryAt(key)
		if err != nil {
			return err
		}
		var entry bundle.Registry
		switch r := r.(type) {
		case *indexRegistry:
			entry, err = r.carry(ctx, c.Records)
		case *upstreamRegistry:
			entry, err = r.carry(ctx, lock, own[key])
		}
		if err == nil {
			err = walkIndex(ctx, noting, entry.Root, s.askedOf(key, lock, own))
		}
		if err != nil {
			return fmt.Errorf("registry %s: %w", key, err)
		}
		c.Manifest.Registries[key] = entry
	}
	c.Index = noting.list()
	return nil
}

// keysToCarry are the registries that packages came from, and the layers above
// them: those are asked first, and it takes their index to know what they lack.
func (s *session) keysToCarry(own map[string][]string) []string {
	keys := slices.Sorted(maps.Keys(own))
	if s.layers == nil {
		return keys
	}
	for _, key := range s.layers.keys {
		if !slices.Contains(keys, key) && !strings.HasPrefix(s.addressOf(key), "http") {
			keys = append(keys, key)
		}
	}
	return keys
}

// askedOf are the names that a registry is asked for: a layer for those of all
// layers.
func (s *session) askedOf(key string, lock *lockfile.Lockfile, own map[string][]string) []string {
	if s.layers == nil || !slices.Contains(s.layers.keys, key) {
		return namesAt(lock, own[key])
	}
	var names []string
	for _, layer := range s.layers.keys {
		names = append(names, namesAt(lock, own[layer])...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// byRegistry sorts the locations of registries' packages by the registry's key.
func byRegistry(lock *lockfile.Lockfile, locations []string) map[string][]string {
	out := map[string][]string{}
	for _, location := range locations {
		pkg := lock.Packages[location]
		if ofRegistry(location, pkg) {
			key := firstNonEmpty(pkg.Registry, lockfile.DefaultRegistry)
			out[key] = append(out[key], location)
		}
	}
	return out
}

func namesAt(lock *lockfile.Lockfile, locations []string) []string {
	names := make([]string, len(locations))
	for i, location := range locations {
		names[i] = packageName(location, lock.Packages[location])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// walkIndex reads the documents of names, and with them all that leads there.
func walkIndex(ctx context.Context, src registry.Blocks, root string, names []string) error {
	c, err := ipfsstore.ParseCID(root)
	if err != nil {
		return err
	}
	r, err := registry.OpenReader(ctx, src, c)
	if err != nil {
		return err
	}
	return r.Prefetch(ctx, names)
}

// carry says where the index stands now, and adds the record that says so.
func (r *indexRegistry) carry(ctx context.Context, records map[string][]byte) (bundle.Registry, error) {
	if _, err := r.open(ctx); err != nil {
		return bundle.Registry{}, err
	}
	entry := bundle.Registry{Root: r.record.Root.String()}
	if r.scheme == "ipns" {
		entry.IPNS = r.record.Name
		records[entry.IPNS] = r.record.Bytes
	}
	return entry, nil
}

// carry makes an index of the versions at the locations.
func (r *upstreamRegistry) carry(ctx context.Context, lock *lockfile.Lockfile, locations []string) (bundle.Registry, error) {
	if err := r.Prefetch(ctx, namesAt(lock, locations)); err != nil {
		return bundle.Registry{}, err
	}
	versions := make([]*registry.Version, len(locations))
	for i, location := range locations {
		pkg := lock.Packages[location]
		doc, err := r.Packument(ctx, packageName(location, pkg))
		if err != nil {
			return bundle.Registry{}, err
		}
		if versions[i], err = doc.Version(pkg.Version); err != nil {
			return bundle.Registry{}, err
		}
	}
	root, err := r.mirror.Slice(ctx, versions)
	return bundle.Registry{Upstream: r.base.String(), Root: root.String()}, err
}

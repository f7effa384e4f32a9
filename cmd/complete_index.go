package cmd

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
)

// indexNames are the packages that the registries list: an index on IPFS all of
// its own, an npm registry, which has no list, those that this machine has used.
// After a name and "@" it is the package's tags and versions. No network is asked:
// what an index says is what was last seen of it.
func (a *app) indexNames(ctx context.Context, _ []string, typed string) []string {
	s, err := a.openSession(findRoot(a.Dir))
	if err != nil {
		return nil
	}
	defer s.Close()
	if at := strings.LastIndexByte(typed, '@'); at > 0 {
		return s.versionWords(ctx, typed[:at])
	}
	var names []string
	for _, key := range s.registryKeys() {
		from, err := s.registryAt(key)
		if err != nil {
			continue
		}
		if lister, ok := from.(interface {
			Names(ctx context.Context) ([]string, error)
		}); ok {
			known, _ := lister.Names(ctx) // none that are known are none to offer
			names = append(names, known...)
		}
	}
	slices.Sort(names)
	return names
}

// versionWords are NAME@TAG and NAME@VERSION, the newest first.
func (s *session) versionWords(ctx context.Context, name string) []string {
	if manifest.ValidateName(name) != nil {
		return nil
	}
	doc, err := s.viewed(ctx, name)
	if err != nil {
		return nil
	}
	var words []string
	for _, tag := range slices.Sorted(maps.Keys(doc.Tags)) {
		words = append(words, name+"@"+tag+"\t"+doc.Tags[tag])
	}
	for _, version := range slices.Backward(doc.Versions) {
		words = append(words, name+"@"+version)
	}
	return words
}

// Names are the packages of the index as it was last seen.
func (r *indexRegistry) Names(ctx context.Context) ([]string, error) {
	reader, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	return reader.Names(ctx)
}

// Names are the packages of the registry that this machine has used.
func (r *upstreamRegistry) Names(ctx context.Context) ([]string, error) {
	return r.mirror.Names(ctx)
}

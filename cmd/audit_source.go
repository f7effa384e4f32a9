package cmd

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/audit"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
)

// advisor is a registry that may know advisories; nil that it keeps none.
type advisor interface {
	Advisories(ctx context.Context, versions map[string][]string) (registry.Advisories, error)
}

// advisories asks the registry of each package, by the lockfile's word, what is
// known against it. A registry that keeps none is told of, unless all are such.
func (s *session) advisories(ctx context.Context, o audit.Options) (registry.Advisories, error) {
	keyOf := map[string]string{}
	for _, n := range o.Graph.Nodes {
		named := ""
		if n.Package != nil { // of what is in node_modules alone nobody knows where it is from
			named = n.Package.Registry
		}
		keyOf[n.PackageName] = cmp.Or(s.boundScope(n.PackageName), named, lockfile.DefaultRegistry)
	}
	asked := map[string]map[string][]string{}
	for name, versions := range audit.Versions(o) {
		key := keyOf[name]
		if asked[key] == nil {
			asked[key] = map[string][]string{}
		}
		asked[key][name] = versions
	}
	all := registry.Advisories{}
	var without []string
	for _, key := range slices.Sorted(maps.Keys(asked)) {
		known, described, err := s.advisoriesAt(ctx, key, asked[key])
		if err != nil {
			return nil, err
		}
		if known == nil {
			without = append(without, described)
		}
		maps.Copy(all, known)
	}
	if len(without) > 0 && len(without) == len(asked) {
		return nil, &hintError{
			err:  fmt.Errorf("audit: %s has no advisories", strings.Join(without, ", ")),
			hint: "its publisher adds them with `ipnpm registry advisories`",
			code: "ENOAUDIT",
		}
	}
	for _, described := range without {
		s.app.warn("%s has no advisories; its packages are not audited", described)
	}
	return all, nil
}

func (s *session) advisoriesAt(ctx context.Context, key string, versions map[string][]string) (registry.Advisories, string, error) {
	r, err := s.registryAt(key)
	if err != nil {
		return nil, "", err
	}
	from, ok := r.(advisor)
	if !ok {
		return nil, r.Describe(), nil
	}
	known, err := from.Advisories(ctx, versions)
	if err != nil {
		return nil, "", &hintError{
			err:  fmt.Errorf("audit: the advisories of %s: %w", r.Describe(), err),
			hint: "a registry on IPFS that carries a snapshot of advisories works without the endpoint: ipnpm registry advisories",
			code: "ENOAUDIT",
		}
	}
	return known, r.Describe(), nil
}

// Advisories asks npm's bulk endpoint.
func (r *upstreamRegistry) Advisories(ctx context.Context, versions map[string][]string) (registry.Advisories, error) {
	return r.client.Advisories(ctx, versions)
}

// Advisories reads the index's snapshot, or without one asks the npm registry
// that the index mirrors.
func (r *indexRegistry) Advisories(ctx context.Context, versions map[string][]string) (registry.Advisories, error) {
	reader, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	known, err := reader.Advisories(ctx)
	from := reader.Info().Upstream
	if err != nil || known != nil || from == "" || !r.session.useUpstream() {
		return known, err
	}
	up, err := r.session.openUpstream(from)
	if err != nil {
		return nil, err
	}
	return up.Advisories(ctx, versions)
}

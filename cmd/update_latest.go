package cmd

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/ipnpm/ipnpm/manifest"
)

// updateLatest is update --latest: the direct dependencies that a registry
// answers are added again, at their newest release.
func (s *session) updateLatest(ctx context.Context, p *project, names []string) error {
	want := plan{edited: true, unsaved: !s.cfg.Bool("save")}
	for _, m := range p.importers {
		for _, arg := range latestOf(m.file.Manifest, names) {
			added, err := s.addOne(ctx, p, m, addOptions{}, arg)
			if err != nil {
				return s.explainUnknown(fmt.Errorf("update %s: %w", arg, err))
			}
			want.added = append(want.added, added)
		}
	}
	return s.installAndTell(ctx, p, want)
}

// latestOf are the arguments of add for a manifest's dependencies, all or those
// that are named. Folders, files, URLs, workspaces and catalogs have no newest
// release, and peers are for who depends on the project to bring.
func latestOf(m *manifest.Manifest, names []string) []string {
	found := map[string]bool{}
	for _, group := range [...]map[string]string{m.Dependencies, m.DevDependencies, m.OptionalDependencies} {
		for name, text := range group {
			spec, err := manifest.ParseSpec(name, text)
			if err != nil || !spec.Registry() || len(names) > 0 && !slices.Contains(names, name) {
				continue
			}
			arg := name + "@latest"
			if spec.Kind == manifest.KindAlias {
				arg = name + "@npm:" + spec.Target().Name + "@latest"
			}
			found[arg] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

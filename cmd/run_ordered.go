package cmd

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/workspaces"
)

// isOrdered says that scripts are not run as npm does, in one workspace after
// the other.
func (s *session) isOrdered() bool {
	return len(s.cfg.Strings("filter")) > 0 || s.cfg.Bool("topological") || s.cfg.Bool("parallel")
}

// runOrdered runs a script in the importers that have it, see inOrder.
func (s *session) runOrdered(ctx context.Context, p *project, name string, args []string) error {
	members := slices.DeleteFunc(slices.Clone(p.importers), func(m *importer) bool { return s.scriptsOf(m)[name] == "" })
	if len(members) == 0 && !s.cfg.Bool("if-present") {
		return &hintError{err: fmt.Errorf("none of the %d chosen packages has a script %q", len(p.importers), name),
			hint: "`ipnpm run --workspaces` lists the scripts that there are"}
	}
	return s.inOrder(ctx, p, members, func(ctx context.Context, m *importer, l *lane) error {
		return s.runScript(ctx, p, m, l, name, args)
	})
}

// inOrder does something in importers, in each after those that it depends on,
// or with --parallel in all at once. The first failure ends the others. A
// single one has the terminal to itself, and no lane.
func (s *session) inOrder(ctx context.Context, p *project, members []*importer, do func(context.Context, *importer, *lane) error) error {
	if len(members) == 1 {
		return do(ctx, members[0], nil)
	}
	graph, places := p.graphOf(members)
	lanes := s.app.newLanes(p, members)
	one := func(ctx context.Context, at int) error {
		i := slices.Index(places, at)
		if err := do(ctx, members[i], lanes[i]); err != nil {
			return fmt.Errorf("in workspace %s: %w", p.title(members[i]), err)
		}
		return nil
	}
	if s.cfg.Bool("parallel") {
		return graph.RunAtOnce(ctx, places, one)
	}
	limit := s.cfg.Int("workspace-concurrency")
	if limit <= 0 {
		limit = runtime.NumCPU()
	}
	return graph.Run(ctx, places, limit, one)
}

// graphOf is the graph of all of a project's packages, and where the given
// ones are in it.
func (p *project) graphOf(members []*importer) (*workspaces.Graph, []int) {
	all := append(slices.Clone(p.workspaces), manifest.Workspace{Manifest: p.root})
	places := make([]int, len(members))
	for i, m := range members {
		places[i] = m.at
		if m.at < 0 {
			places[i] = len(all) - 1
		}
	}
	return workspaces.New(all), places
}

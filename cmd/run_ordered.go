package cmd

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/ipnpm/ipnpm/gitrepo"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/workspaces"
)

// openFiltered is openTree for the commands that --filter chooses workspaces
// for.
func (a *app) openFiltered(ctx context.Context) (*project, error) {
	p, err := a.openTree(false)
	if err != nil {
		return nil, err
	}
	cfg, err := a.loadConfig(p.dir)
	if err != nil {
		return nil, err
	}
	filters := cfg.Strings("filter")
	if len(filters) == 0 {
		return p, nil
	}
	if len(cfg.Strings("workspace")) > 0 {
		return nil, &hintError{err: errors.New("--filter and --workspace both choose workspaces"), hint: "leave one away"}
	}
	tree := gitrepo.WorkTree{Command: cfg.String("git"), Dir: p.dir, Env: a.Env}
	changed := func(commit string) ([]string, error) { return tree.Changed(ctx, commit) }
	chosen, err := workspaces.New(p.workspaces).Select(filters, p.relative(a.Dir), changed)
	if err != nil {
		return nil, adviceOnFilter(err)
	}
	p.importers, p.scope = []*importer{{file: p.file, at: -1}}, nil
	return p, p.take(chosen, cfg.Bool("include-workspace-root"))
}

func adviceOnFilter(err error) error {
	var wrong *workspaces.FilterError
	if !errors.As(err, &wrong) {
		return err
	}
	if near := registry.Near(wrong.Filter, wrong.Names); len(near) > 0 {
		return &hintError{err: err, hint: "did you mean " + near[0] + "?"}
	}
	return &hintError{err: err, hint: "`ipnpm run --help` tells what a filter may be"}
}

// isOrdered says that scripts are not run as npm does, in one workspace after
// the other.
func (s *session) isOrdered() bool {
	return len(s.cfg.Strings("filter")) > 0 || s.cfg.Bool("topological") || s.cfg.Bool("parallel")
}

// runOrdered runs a script in the importers that have it, in each after those
// that it depends on, or with --parallel in all at once. The first failure
// ends the others.
func (s *session) runOrdered(ctx context.Context, p *project, name string, args []string) error {
	members := slices.DeleteFunc(slices.Clone(p.importers), func(m *importer) bool { return s.scriptsOf(m)[name] == "" })
	switch {
	case len(members) == 1:
		return s.runScript(ctx, p, members[0], nil, name, args)
	case len(members) == 0 && len(p.importers) > 0 && !s.cfg.Bool("if-present"):
		return &hintError{err: fmt.Errorf("none of the %d chosen packages has a script %q", len(p.importers), name),
			hint: "`ipnpm run --workspaces` lists the scripts that there are"}
	}
	graph, places := p.graphOf(members)
	lanes := s.app.newLanes(p, members)
	do := func(ctx context.Context, at int) error {
		i := slices.Index(places, at)
		if err := s.runScript(ctx, p, members[i], lanes[i], name, args); err != nil {
			return fmt.Errorf("in workspace %s: %w", p.title(members[i]), err)
		}
		return nil
	}
	if s.cfg.Bool("parallel") {
		return graph.RunAtOnce(ctx, places, do)
	}
	limit := s.cfg.Int("workspace-concurrency")
	if limit <= 0 {
		limit = runtime.NumCPU()
	}
	return graph.Run(ctx, places, limit, do)
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

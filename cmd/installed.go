package cmd

import (
	"context"
	"fmt"
	"slices"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/tree"
)

// installed is the graph of what a project has in node_modules, or with
// --package-lock-only in its lockfile.
func (s *session) installed(ctx context.Context, p *project, legacyPeers bool) (*tree.Graph, error) {
	o := p.treeOptions(s.cfg, p.lock, legacyPeers)
	if !s.cfg.Bool("package-lock-only") {
		return tree.Read(ctx, o)
	}
	if p.lock == nil {
		return nil, &hintError{err: fmt.Errorf("there is no %s in %s", lockfile.FileName, p.dir),
			hint: "`ipnpm install --package-lock-only` writes one", code: "EUSAGE"}
	}
	return tree.Locked(ctx, o)
}

// treeOptions says how a project's graph is read.
func (p *project) treeOptions(cfg *config.Config, lock *lockfile.Lockfile, legacyPeers bool) tree.Options {
	return tree.Options{
		Dir: p.dir, Root: p.root, Workspaces: p.workspaces, Self: p.self, Lock: lock, Extensions: p.foreign.Extensions,
		LegacyPeerDeps: legacyPeers, InstallLinks: cfg.Bool("install-links"), Global: p.global != nil,
	}
}

// chosen are the workspaces that a command is for, nil for all of the project;
// root says that it is for the project itself too, and alone that it is for
// nothing else.
func (p *project) chosen() (workspaces []string, root, alone bool) {
	root = slices.Contains(p.scope, "")
	for _, location := range p.scope {
		if location != "" {
			workspaces = append(workspaces, location)
		}
	}
	return workspaces, root, root && workspaces == nil
}

// within is all that the chosen workspaces use, nil where none are chosen;
// without workspaces it is what the project itself does.
func (p *project) within(g *tree.Graph) map[*tree.Node]bool {
	workspaces, root, alone := p.chosen()
	if alone {
		return g.Reach([]*tree.Node{g.Root}, false)
	}
	if workspaces == nil {
		return nil
	}
	var from []*tree.Node
	for _, location := range workspaces {
		if n := g.At(location); n != nil {
			from = append(from, n)
		}
	}
	if root {
		for _, e := range g.Root.Out {
			if e.Kind != "workspace" && e.To != nil {
				from = append(from, e.To)
			}
		}
	}
	return g.Reach(from, true)
}
